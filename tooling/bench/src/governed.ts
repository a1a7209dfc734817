import type { EvidenceLog } from '@spanforge/core-events/log';
import { createGovernor } from '@spanforge/govern';
import { createPolicy, parseBundle } from '@spanforge/policy';
import { createRbac } from '@spanforge/rbac';
import { createScope } from '@spanforge/scope';
import { averageBytes, type LogOptions, openBenchLog } from './log-subject.js';
import type { Subject } from './straight-line.js';

const PLACE = { tenant: 'acme', project: 'claims', env: 'prod' } as const;

const CONTEXT = {
  ...PLACE,
  run: 'setup',
  traceId: 'setup',
  agent: 'claims-agent',
  actor: 'platform-team',
  source: 'bench@1.0.0',
} as const;

/** As long as people write them; it stands in most records of an action. */
const RATIONALE =
  'What an agent decides on a claim is looked at by a second person within two working days, and ' +
  'what it answered is kept beside the decision so that nobody has to guess what was known then.';

const BUNDLE = {
  policy_id: 'bench',
  version: '2026.11.01',
  environment: 'prod',
  owner: 'bench',
  effective_at: '2026-01-01T00:00:00Z',
  rules: [
    {
      rule_id: 'decisions-are-logged',
      service: 'sf_govern',
      control: 'tool_call',
      target: { tools: ['act'] },
      when: 'request.args.amount < 1000.0',
      action: 'allow+log',
      rationale: RATIONALE,
    },
    {
      rule_id: 'large-amounts',
      service: 'sf_govern',
      control: 'tool_call',
      target: { tools: ['act'] },
      when: 'request.args.amount >= 1000.0',
      action: 'block',
    },
    {
      rule_id: 'results-are-logged',
      service: 'sf_govern',
      control: 'tool_result',
      target: { tools: ['act'] },
      action: 'allow+log',
      rationale: RATIONALE,
    },
  ],
};

/** The policy that decides about the actions. */
export const BENCH_BUNDLE = parseBundle(BUNDLE);

/** Records and disclosed values of one action. */
export interface StoredAction {
  readonly records: number;
  readonly recordBytes: number;
  readonly values: number;
  readonly valueBytes: number;
}

/** The trace of an action, by its number. */
export const traceOf = (action: number): string =>
  action.toString(16).padStart(32, '4bf92f3577b34da6');

async function storedOf(log: EvidenceLog, action: number): Promise<StoredAction> {
  const { records } = await log.query({ traceId: traceOf(action), limit: 100 });
  const values = (await Promise.all(records.map(({ index }) => log.disclosures(index)))).flat();
  return {
    records: records.length,
    recordBytes: records.reduce((sum, { bytes }) => sum + bytes.length, 0),
    values: values.length,
    valueBytes: values.reduce((sum, { encoded }) => sum + encoded.length, 0),
  };
}

/** What a governed subject can tell of itself. */
export interface GovernedSubject extends Subject {
  commits(): number;
  /** What is stored of one action, by its number. */
  stored(action: number): Promise<StoredAction>;
}

/**
 * The whole path: roles, scope and policy decided and recorded, start, tool, policy on the result,
 * end; six records an action, durable in SQLite, checkpoints signed once a second.
 */
export async function governed(folder: string, options: LogOptions): Promise<GovernedSubject> {
  const { log, close } = await openBenchLog(folder, options);
  return governedOn(log, close, options);
}

/** The same over a log that is open. */
export async function governedOn(
  log: EvidenceLog,
  close: () => Promise<void>,
  options: LogOptions,
): Promise<GovernedSubject> {
  const policy = createPolicy({ recorder: log, reader: log, context: CONTEXT });
  await policy.lifecycle.activate(BENCH_BUNDLE);
  const scope = createScope({ recorder: log, reader: log });
  await scope.registerAgent(
    { agentId: 'claims-agent', resourceActions: { claims: ['write'] } },
    { context: CONTEXT },
  );
  const rbac = createRbac({
    recorder: log,
    reader: log,
    permissions: { editor: { claims: ['write'] } },
  });
  await rbac.registerActor({ actorId: 'case-worker-7', roles: ['editor'] }, { context: CONTEXT });
  const governor = createGovernor({
    log,
    policy,
    authorize: ({ resource, action, context }, recorder) =>
      rbac.authorize({ actorId: context.actor, resource, action }, { context, recorder }),
    scope: ({ resource, action, context }, recorder) =>
      scope.evaluate({ agentId: context.agent, resource, action }, { context, recorder }),
  });
  const act = governor.govern(
    ({ amount }: { amount: number; note: string }) => ({ paid: amount }),
    {
      name: 'act',
      resource: 'claims',
      action: 'write',
      effect: options.commits === 2 ? 'write' : 'read',
    },
  );
  return {
    name: `governed, ${options.store}${options.checkpoints ? ', checkpoints' : ''}`,
    async action(number) {
      const result = await act(
        { amount: number % 1000, note: 'a note of the case worker' },
        {
          ...PLACE,
          run: `run-01J9Z8Y7X6W5V4T3S2R1${String(Math.floor(number / 10)).padStart(6, '0')}`,
          traceId: traceOf(number),
          callId: `call_oIHazX6yQrB8hUwl4cRi${String(number).padStart(8, '0')}`,
          agent: 'claims-agent',
          actor: 'case-worker-7',
        },
      );
      if (result.status !== 'completed') throw new Error(`not completed: ${result.reason}`);
    },
    commits: () => log.status().commits,
    stored: (action) => storedOf(log, action),
    recordBytes: () => averageBytes(log),
    close,
  };
}
