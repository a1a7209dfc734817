import type { EvidenceRecord } from '@spanforge/core-events';
import {
  createMemoryStore,
  type EvidenceLog,
  type EvidenceStore,
  openEvidenceLog,
} from '@spanforge/core-events/log';
import { createGovernor, type Governor, type GovernorParts } from '@spanforge/govern';
import { createPolicy, type Policy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { createScope } from '@spanforge/scope';

const place = { tenant: 'acme', project: 'support', env: 'prod' };

export const CONTEXT = {
  ...place,
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'helpdesk',
  actor: 'alice',
};

const SETUP = { ...CONTEXT, run: 'setup', traceId: 'setup', actor: 'platform', source: 't@1.0.0' };

/** Refunds over 100 wait for a person, over `limit` they never happen. */
export function bundle(version: string, limit: number): string {
  const rule = (id: string, over: number, action: string) => `
  - rule_id: ${id}
    service: sf_govern
    control: tool_call
    target: { tools: [refund] }
    when: args.amount > ${over}
    action: ${action}
    rationale: A refund over ${over}.`;
  return `
policy_id: refunds
version: "${version}"
environment: prod
owner: payments
effective_at: "2026-01-01T00:00:00Z"
tools:
  refund:
    effect: write
    schema:
      type: object
      properties: { order: { type: string }, amount: { type: number } }
      required: [order, amount]
rules:${rule('wait', 100, 'human_review')}${rule('never', limit, 'block')}
`;
}

export interface World {
  readonly log: EvidenceLog;
  readonly store: EvidenceStore;
  readonly policy: Policy;
  readonly governor: Governor;
  /** The same log, policy and scope behind a governor of its own. */
  another(more?: Partial<GovernorParts>): Governor;
  /** Endings of the run, as `tool status reason_code executed`. */
  endings(): Promise<string[]>;
  records(): Promise<readonly EvidenceRecord[]>;
}

/** Opens a log, empty unless the store has records. */
export function openLog(store: EvidenceStore = createMemoryStore()): Promise<EvidenceLog> {
  return openEvidenceLog({ store, origin: 'example.com/adapters', writer: 'test', hmac: false });
}

export async function openWorld(
  store: EvidenceStore = createMemoryStore(),
  known = true,
): Promise<World> {
  // A log that closes leaves the store to the next one, as a process that ends does.
  const log = await openLog({ ...store, close: async () => undefined });
  const policy = createPolicy({ recorder: log, reader: log, context: SETUP });
  const scope = createScope({ recorder: log, reader: log });
  if (known) {
    await policy.lifecycle.activate(
      parseBundleYaml(bundle('1.0', 10_000), { file: 'refunds.yaml' }),
    );
    const resourceActions = { refund: ['write'], lookup: ['read'], search: ['ungoverned'] };
    for (const agentId of ['helpdesk', 'billing']) {
      await scope.registerAgent({ agentId, resourceActions }, { context: SETUP });
    }
  }
  const another = (more: Partial<GovernorParts> = {}): Governor =>
    createGovernor({
      log,
      policy,
      scope: ({ resource, action, context }, recorder) =>
        scope.evaluate({ agentId: context.agent, resource, action }, { context, recorder }),
      ...more,
    });
  const records = async () => (await log.query({ tenant: 'acme', limit: 1000 })).records;
  return {
    log,
    store,
    policy,
    governor: another(),
    another,
    records,
    async endings() {
      const ended = (await records()).filter(({ type }) => type === 'spanforge.execution.ended.v1');
      return ended.map(({ body }) =>
        [body.tool, body.status, body.reason_code, body.executed].join(' '),
      );
    },
  };
}
