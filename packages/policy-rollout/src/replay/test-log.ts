import type { EvidenceContext, PolicyRequest } from '@spanforge/core-events';
import { createMemoryStore, type EvidenceLog, openEvidenceLog } from '@spanforge/core-events/log';
import { createPolicy, type Policy, type PolicyBundle, parseBundle } from '@spanforge/policy';
import type { RecordedDecision } from './recorded.js';

export const TIME = Date.parse('2026-06-01T12:00:00Z');

export const CONTEXT: EvidenceContext = {
  tenant: 'acme',
  project: 'support',
  env: 'prod',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'helper',
  actor: 'ann',
  source: 'test@1.0.0',
};

/** A bundle of rules about `sf_govern` / `tool_call`, unless a rule says otherwise. */
export function bundleOf(rules: readonly object[], head: object = {}): PolicyBundle {
  return parseBundle({
    policy_id: 'p',
    version: '1.0',
    environment: 'prod',
    owner: 'o',
    effective_at: '2026-01-01T00:00:00Z',
    rules: rules.map((rule, at) => ({
      rule_id: `r${at}`,
      service: 'sf_govern',
      control: 'tool_call',
      ...rule,
    })),
    ...head,
  });
}

/** A log over a memory store, and the policy service on it. */
export async function openTestLog(): Promise<{
  readonly log: EvidenceLog;
  readonly policy: Policy;
}> {
  const log = await openEvidenceLog({
    store: createMemoryStore(),
    origin: 'test.example/log',
    writer: 'test',
    hmac: false,
  });
  const clock = () => TIME;
  return { log, policy: createPolicy({ recorder: log, reader: log, context: CONTEXT, clock }) };
}

/** A request about a call of a tool. */
export function request(parts: Partial<PolicyRequest> = {}): PolicyRequest {
  return {
    service: 'sf_govern',
    control: 'tool_call',
    tool: 'pay',
    args: { amount: 5 },
    env: 'prod',
    time: TIME,
    ...parts,
  };
}

export async function collect(source: AsyncIterable<RecordedDecision>) {
  const all: RecordedDecision[] = [];
  for await (const one of source) all.push(one);
  return all;
}
