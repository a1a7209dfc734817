import { OUTCOMES, type Outcome, strictest } from '@spanforge/core-events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createGovernor, GovernError, type GovernedResult, govern } from './index.js';
import {
  type AppendFault,
  bodiesOf,
  CONTEXT,
  constant,
  createFaultyStore,
  decision,
  openLog,
  policyOf,
} from './testing/fixtures.js';

const outcome = fc.constantFrom<Outcome>(...OUTCOMES);
const maybe = fc.option(outcome, { nil: undefined });
const fault = fc.constantFrom<AppendFault>('none', 'none', 'none', 'fail', 'lost');

const situation = fc.record({
  authorize: maybe,
  scope: maybe,
  policy: fc.option(fc.tuple(outcome, outcome), { nil: undefined }),
  preflight: fc.array(outcome, { maxLength: 2 }),
  postflight: fc.array(outcome, { maxLength: 2 }),
  effect: fc.constantFrom<'read' | 'write'>('read', 'write'),
  throws: fc.boolean(),
  faults: fc.tuple(fault, fault),
});
type Situation = typeof situation extends fc.Arbitrary<infer Value> ? Value : never;

const join = (outcomes: readonly (Outcome | undefined)[]): Outcome =>
  outcomes.reduce<Outcome>((all, one) => (one ? strictest(all, one) : all), 'allow');

async function play(given: Situation) {
  const faulty = createFaultyStore();
  const log = await openLog(faulty.store);
  const { authorize, scope, policy } = given;
  const governor = createGovernor({
    log,
    ...(authorize ? { authorize: constant(authorize) } : {}),
    ...(scope ? { scope: constant(scope) } : {}),
    ...(policy
      ? { policy: policyOf(({ control }) => decision(policy[control === 'tool_call' ? 0 : 1])) }
      : {}),
    preflight: given.preflight.map((one, at) => ({ name: `pre${at}`, control: constant(one) })),
    postflight: given.postflight.map((one, at) => ({
      name: `post${at}`,
      control: (call, _result, recorder) => constant(one)(call, recorder),
    })),
  });
  let runs = 0;
  let startedWhenRun: number | undefined;
  const tool = govern(
    async () => {
      runs += 1;
      startedWhenRun = (await bodiesOf(log, 'execution.started')).length;
      if (given.throws) throw new Error('broken');
      return 'value';
    },
    { governor, name: 'tool', effect: given.effect },
  );
  faulty.plan((n) => given.faults[n] ?? 'none');
  const result: GovernedResult<string> | unknown = await tool(undefined, CONTEXT).catch(
    (error: unknown) => error,
  );
  return {
    result: result as GovernedResult<string> | GovernError,
    runs,
    startedWhenRun,
    started: await bodiesOf(log, 'execution.started'),
    ended: await bodiesOf(log, 'execution.ended'),
    commits: log.status().commits,
  };
}

function expectWhole({ result, runs, started, ended }: Awaited<ReturnType<typeof play>>): void {
  if (GovernError.is(result)) throw result;
  expect(ended).toMatchObject([
    { status: result.status, executed: runs === 1, outcome: result.outcome },
  ]);
  expect(started).toHaveLength(runs);
  expect(result.receipts.length).toBeGreaterThan(0);
}

test('the outcome is the join; the tool runs exactly when nothing objects; all of it on record', async () => {
  const whole = situation.map((given): Situation => ({ ...given, faults: ['none', 'none'] }));
  await fc.assert(
    fc.asyncProperty(whole, async (given) => {
      const { authorize, scope, policy, preflight, postflight, throws } = given;
      const before = join([authorize, scope, policy?.[0], ...preflight]);
      const after = join([policy?.[1], ...postflight]);
      const played = await play(given);
      const { result, runs } = played;
      const mayRun = before !== 'block' && before !== 'human_review';
      expect(runs).toBe(mayRun ? 1 : 0);
      expectWhole(played);
      if (GovernError.is(result)) throw result;
      expect(result.outcome).toBe(mayRun && !throws ? strictest(before, after) : before);
      const late = after === 'block' || after === 'human_review';
      const expected = throws ? 'failed' : late ? 'withheld' : 'completed';
      const stopped = before === 'block' ? 'blocked' : 'held';
      expect(result.status).toBe(mayRun ? expected : stopped);
      if (mayRun) expect(played.startedWhenRun).toBe(given.effect === 'write' ? 1 : 0);
    }),
    { numRuns: 300 },
  );
});

test('whatever the store does, a tool that ran has its start, and its value its ending', async () => {
  await fc.assert(
    fc.asyncProperty(situation, async (given) => {
      const played = await play(given);
      const { result, runs, startedWhenRun, ended } = played;
      if (runs === 1 && given.effect === 'write') expect(startedWhenRun).toBe(1);
      if (GovernError.is(result)) {
        expect(result.code).toBe('GOVERN_ENDING_NOT_RECORDED');
        expect(result.details.executed).toBe(true);
        expect(runs).toBe(1);
        return;
      }
      if (result.reasonCode === 'evidence_unavailable') {
        expect(result).toMatchObject({ status: 'blocked', executed: false, receipts: [] });
        expect(runs).toBe(0);
        return;
      }
      expectWhole(played);
      if (result.status === 'completed') expect(ended).toHaveLength(1);
    }),
    { numRuns: 300 },
  );
});
