import {
  createDiscloser,
  createRandom,
  type EvidenceContext,
  type RecordDraft,
} from '@spanforge/core-events';
import {
  createCheckpointer,
  createMemoryMark,
  createMemoryStore,
  type EvidenceLogOptions,
  openEvidenceLog,
} from '@spanforge/core-events/log';
import {
  executionEndedV1,
  executionStartedV1,
  policyDecisionV1,
  policyLifecycleV1,
  rbacV1,
  scopeV1,
} from '@spanforge/core-events/records';
import {
  canonicalize,
  formatJwks,
  formatVkey,
  generateSigningKey,
  sha256,
  toHex,
  toVerificationKey,
} from '@spanforge/core-signing';
import { createOperator } from './operator.js';

/** Real logs, keys and packages for the tests of this package. */

const START = Date.parse('2026-05-02T10:00:00.000Z');

export const BUNDLE = canonicalize({ policy_id: 'prod', version: '2026.05.02', rules: [] });
export const POLICY = { id: 'prod', version: '2026.05.02', digest: toHex(sha256(BUNDLE)) };
export const SECRET = { kid: 'hmac-1', secret: createRandom()(32) };

export function contextOf(traceId: string, more: Partial<EvidenceContext> = {}): EvidenceContext {
  return {
    tenant: 'acme',
    project: 'payments',
    env: 'prod',
    run: `run-${traceId}`,
    traceId,
    agent: 'refund-bot',
    actor: 'user:ada',
    source: 'test@1.0.0',
    ...more,
  };
}

const keys = {
  log: await generateSigningKey({ alg: 'Ed25519', role: 'log' }),
  ed25519: await generateSigningKey({ alg: 'Ed25519', role: 'package' }),
  es256: await generateSigningKey({ alg: 'ES256', role: 'package' }),
};

export interface TestLogOptions {
  readonly origin?: string;
  readonly hmac?: boolean;
  readonly logKey?: (typeof keys)['log'];
  readonly packageKeys?: readonly (typeof keys)['log'][];
  /** What the first record says about the log before it. */
  readonly opened?: EvidenceLogOptions['opened'];
}

export async function openTestLog(options: TestLogOptions = {}) {
  const origin = options.origin ?? 'log.example/acme';
  let now = START;
  const clock = (): number => {
    now += 1;
    return now;
  };
  const store = createMemoryStore();
  const hmac = options.hmac === false ? (false as const) : SECRET;
  const { opened } = options;
  const common = { store, origin, writer: 'writer-1', hmac, clock };
  const log = await openEvidenceLog({ ...common, ...(opened ? { opened } : {}) });
  const signer = options.logKey ?? keys.log;
  const mark = createMemoryMark();
  const checkpointer = createCheckpointer({ store, origin, signer, mark, holder: 'test', clock });
  const vkey = formatVkey(origin, toVerificationKey(signer));
  const packageKeys = options.packageKeys ?? [keys.ed25519, keys.es256];
  const operator = createOperator({ reader: log, checkpointer, packageKeys, logKey: vkey, clock });
  const jwks = formatJwks(packageKeys.map(toVerificationKey));
  return { log, store, checkpointer, operator, vkey, jwks, origin, keys, trusted: [jwks, vkey] };
}

export type TestLog = Awaited<ReturnType<typeof openTestLog>>;

/** Records drafts and answers with their ids. */
export async function record(
  log: TestLog['log'],
  ...drafts: RecordDraft[]
): Promise<readonly string[]> {
  return (await log.append(drafts)).ids;
}

export function scopeDraft(
  context: EvidenceContext,
  outcome: 'allow' | 'block' | 'escalate',
): RecordDraft {
  const allowed = outcome === 'allow';
  return {
    type: scopeV1.key,
    context,
    policy: POLICY,
    body: scopeV1.toWire({
      agentId: context.agent,
      resource: 'payments',
      action: 'refund',
      outcome,
      allowed,
      reason: allowed ? 'the manifest grants refund on payments' : 'the manifest does not grant it',
      reasonCode: allowed ? 'granted' : 'not_granted',
    }),
  };
}

export function rbacDraft(context: EvidenceContext): RecordDraft {
  return {
    type: rbacV1.key,
    context,
    body: rbacV1.toWire({
      actorId: context.actor,
      resource: 'payments',
      action: 'refund',
      effectiveRoles: ['operator'],
      outcome: 'allow',
      allowed: true,
      reason: 'role operator is sufficient',
      reasonCode: 'roles_sufficient',
    }),
  };
}

export function policyDraft(
  context: EvidenceContext,
  outcome: 'allow' | 'redact' | 'block',
): RecordDraft {
  const request = createDiscloser()('request', { amount: 12.5, note: 'canary-4711' });
  return {
    type: policyDecisionV1.key,
    context,
    policy: POLICY,
    disclosures: [request],
    body: policyDecisionV1.toWire({
      service: 'sf_govern',
      control: 'tool_call',
      tool: 'payments.refund',
      outcome,
      matched: true,
      rules: [
        { ruleId: 'refund-limit', action: outcome, finding: 'triggered', reason: 'amount < 1000' },
      ],
      reason: 'the refund is under the limit',
      reasonCode: 'rule_matched',
      values: { request: request.digest },
    }),
  };
}

export function startedDraft(
  context: EvidenceContext,
  decisions: readonly string[],
  callId = 'c1',
): RecordDraft {
  const args = createDiscloser()('args', { order: 'A-17', amount: 12.5 });
  return {
    type: executionStartedV1.key,
    context,
    disclosures: [args],
    body: executionStartedV1.toWire({
      callId,
      tool: 'payments.refund',
      effect: 'write',
      mode: 'enforce',
      outcome: 'allow',
      decisions,
      values: { args: args.digest },
    }),
  };
}

export function endedDraft(
  context: EvidenceContext,
  decisions: readonly string[],
  startedId?: string,
  status: 'completed' | 'blocked' = 'completed',
): RecordDraft {
  return {
    type: executionEndedV1.key,
    context,
    body: executionEndedV1.toWire({
      callId: 'c1',
      tool: 'payments.refund',
      status,
      executed: status === 'completed',
      outcome: status === 'completed' ? 'allow' : 'block',
      reason: status === 'completed' ? 'done' : 'a control blocked the call',
      reasonCode: status,
      decisions,
      ...(startedId === undefined ? {} : { startedId }),
    }),
  };
}

export function bundleDraft(part?: { number: number; of: number }): RecordDraft {
  const half = Math.ceil(BUNDLE.length / 2);
  const text =
    part === undefined ? BUNDLE : BUNDLE.slice((part.number - 1) * half, part.number * half);
  return {
    type: policyLifecycleV1.key,
    context: contextOf('admin'),
    body: policyLifecycleV1.toWire({
      step: 'loaded',
      policyId: POLICY.id,
      version: POLICY.version,
      environment: 'prod',
      digest: POLICY.digest,
      bundle: text,
      ...(part ? { part } : {}),
    }),
  };
}

/** One whole governed call: three decisions, start and end. */
export async function recordCall(log: TestLog['log'], traceId: string): Promise<void> {
  const context = contextOf(traceId);
  const decisions = await record(
    log,
    scopeDraft(context, 'allow'),
    rbacDraft(context),
    policyDraft(context, 'allow'),
  );
  const [startedId = ''] = await record(log, startedDraft(context, decisions));
  await record(log, endedDraft(context, decisions, startedId));
}
