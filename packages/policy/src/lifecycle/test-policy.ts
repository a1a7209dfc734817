import type {
  EvidenceContext,
  EvidenceRecord,
  PolicyRequest,
  Recorder,
} from '@spanforge/core-events';
import { EventsError } from '@spanforge/core-events';
import { createMemoryStore, type EvidenceLog, openEvidenceLog } from '@spanforge/core-events/log';
import { parseBundle } from '../bundle/parse.js';
import { createPolicy, type Policy, type PolicyOptions } from './policy.js';

export const START = Date.parse('2026-06-01T00:00:00Z');

export const context: EvidenceContext = {
  tenant: 'acme',
  project: 'support',
  env: 'prod',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'helper',
  actor: 'ann',
  source: 'test@1.0.0',
};

/** A bundle that blocks payments over an amount, with parts replaced. */
export const aBundle = (part: object = {}, rule: object = {}) =>
  parseBundle({
    policy_id: 'p',
    version: '1',
    environment: 'prod',
    owner: 'o',
    effective_at: '2026-01-01T00:00:00Z',
    rules: [
      {
        rule_id: 'limit',
        service: 'sf_govern',
        control: 'tool_call',
        action: 'block',
        when: 'args.amount > 1000',
        ...rule,
      },
    ],
    ...part,
  });

export const pay = (amount: number, more: object = {}): Omit<PolicyRequest, 'time'> => ({
  service: 'sf_govern',
  control: 'tool_call',
  tool: 'pay',
  actor: { id: 'ann' },
  args: { amount },
  ...more,
});

export const failing: Recorder = {
  append: async () => {
    throw new EventsError('EVENTS_APPEND_FAILED', 'no');
  },
};

export interface SetUp {
  readonly log: EvidenceLog;
  readonly policy: Policy;
  /** Another service over the same log. */
  create(more?: Partial<PolicyOptions>): Policy;
  advance(ms: number): void;
  ofType(type: string): Promise<readonly EvidenceRecord[]>;
  /** LifecycleWriter on record, as `step` or `refused:code`. */
  steps(environment?: string): Promise<readonly string[]>;
}

export async function setUp(part: Partial<PolicyOptions> = {}): Promise<SetUp> {
  const store = createMemoryStore();
  let now = START;
  const clock = () => now;
  const log = await openEvidenceLog({
    store,
    origin: 'test.example/log',
    writer: 'test',
    hmac: false,
    clock,
  });
  const create = (more: Partial<PolicyOptions> = {}) =>
    createPolicy({ recorder: log, reader: log, context, clock, refreshMs: -1, ...part, ...more });
  const policy = create();
  return {
    log,
    policy,
    create,
    advance: (ms) => {
      now += ms;
    },
    ofType: async (type) => (await log.query({ types: [type], limit: 1000 })).records,
    async steps(environment = 'prod') {
      const { entries } = await policy.lifecycle.history(environment);
      return entries.map(({ step, reasonCode }) =>
        step === 'refused' ? `refused:${reasonCode}` : step,
      );
    },
  };
}
