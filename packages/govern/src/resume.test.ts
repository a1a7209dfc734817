import { describe, expect, test } from 'vitest';
import {
  type ControlDecision,
  createGovernor,
  type GovernorParts,
  govern,
  resolveReview,
} from './index.js';
import {
  bodiesOf,
  CALL,
  CONTEXT,
  createFaultyStore,
  decision,
  openLog,
} from './testing/fixtures.js';

/** Processes over one store, each with a log and a governor of its own, and one world behind them. */
function openWorld() {
  const { store } = createFaultyStore();
  const runs: unknown[] = [];
  const world = { decision: decision('human_review') as ControlDecision };
  async function start(more: Partial<GovernorParts> = {}) {
    const log = await openLog(store);
    const governor = createGovernor({ log, scope: async () => world.decision, ...more });
    const pay = govern(
      async (args: { amount: number }) => {
        runs.push(args);
        return args.amount;
      },
      { governor, name: 'pay' },
    );
    const approve = (reviewId: string) =>
      resolveReview(log, { reviewId, resolution: 'approved', reviewer: 'bob' });
    return { log, pay, approve };
  }
  return { world, runs, start };
}

async function held(process: Awaited<ReturnType<ReturnType<typeof openWorld>['start']>>) {
  const result = await process.pay({ amount: 5 }, CALL);
  if (result.status !== 'held') throw new Error(`not held: ${result.status}`);
  return result.reviewId;
}

describe('a call that is resumed', () => {
  test('after its process was restarted during the hold runs once', async () => {
    const { start, runs } = openWorld();
    const reviewId = await held(await start());
    const operator = await start();
    await operator.approve(reviewId);
    const restarted = await start();
    expect(await restarted.pay({ amount: 5 }, CALL)).toMatchObject({ status: 'completed' });
    expect(runs).toEqual([{ amount: 5 }]);
  });

  test('on many replicas at once runs once, and each attempt is on record', async () => {
    const { start, runs } = openWorld();
    const first = await start();
    await first.approve(await held(first));
    const replicas = await Promise.all(Array.from({ length: 6 }, () => start()));
    const results = await Promise.all(replicas.map(({ pay }) => pay({ amount: 5 }, CALL)));
    expect(runs).toHaveLength(1);
    expect(results.filter(({ status }) => status === 'completed')).toHaveLength(1);
    expect(await bodiesOf(first.log, 'execution.ended')).toHaveLength(7);
    expect(await bodiesOf(first.log, 'review.consumed')).toHaveLength(1);
  });

  test('with edited arguments is not what was approved', async () => {
    const { start, runs } = openWorld();
    const process = await start();
    await process.approve(await held(process));
    expect(await process.pay({ amount: 500 }, CALL)).toMatchObject({
      status: 'blocked',
      reasonCode: 'review_mismatch',
    });
    expect(runs).toEqual([]);
  });

  test('with an approval that was used is not run again, whatever its call id', async () => {
    const { start, runs } = openWorld();
    const process = await start();
    const reviewId = await held(process);
    await process.approve(reviewId);
    await process.pay({ amount: 5 }, CALL);
    const replayed = { ...CONTEXT, callId: 'call-2', reviewId };
    for (const replica of [process, await start()]) {
      expect((await replica.pay({ amount: 5 }, replayed)).status).toBe('blocked');
      expect((await replica.pay({ amount: 5 }, CALL)).status).toBe('blocked');
    }
    expect(runs).toHaveLength(1);
  });

  test('after a bundle was published during the hold follows the stricter decision', async () => {
    const redaction = { kind: 'redact', target: 'args', path: 'amount' } as const;
    const cases: readonly [ControlDecision, object, unknown[]][] = [
      [decision('block'), { status: 'blocked', reasonCode: 'block' }, []],
      [decision('human_review', [redaction]), { status: 'completed' }, [{ amount: '[redacted]' }]],
      [decision('allow'), { status: 'completed' }, [{ amount: 5 }]],
    ];
    for (const [published, expected, given] of cases) {
      const { world, start, runs } = openWorld();
      const process = await start();
      await process.approve(await held(process));
      world.decision = published;
      expect(await process.pay({ amount: 5 }, CALL)).toMatchObject(expected);
      expect(runs).toEqual(given);
    }
  });

  test('whose labels are others by now is not what was approved', async () => {
    const { start, runs } = openWorld();
    const process = await start();
    await process.approve(await held(process));
    const tainted = { ...CALL, labels: ['untrusted'] };
    expect(await process.pay({ amount: 5 }, tainted)).toMatchObject({
      reasonCode: 'review_mismatch',
    });
    expect(runs).toEqual([]);
  });

  test('after it was cancelled or timed out is told so, and not run again', async () => {
    for (const status of ['cancelled', 'timed_out'] as const) {
      const log = await openLog();
      const abort = new AbortController();
      let runs = 0;
      const governor = createGovernor({ log });
      const tool = govern(
        () => {
          runs += 1;
          if (status === 'cancelled') abort.abort();
          return new Promise(() => undefined);
        },
        { governor, name: 'tool', ...(status === 'timed_out' ? { toolTimeoutMs: 10 } : {}) },
      );
      await tool(undefined, { ...CALL, signal: abort.signal });
      expect(await tool(undefined, CALL)).toMatchObject({
        status: 'blocked',
        reasonCode: 'already_started',
        reason: `This call was begun before; it ended as ${status}.`,
      });
      expect(runs).toBe(1);
    }
  });
});

describe('a result that is withheld for a person', () => {
  async function withheld(more: Partial<GovernorParts> = {}) {
    const { world, start, runs } = openWorld();
    world.decision = decision('allow');
    const late = { decision: decision('human_review') };
    const parts: Partial<GovernorParts> = {
      postflight: [{ name: 'late', control: async () => late.decision }],
      facts: true,
      ...more,
    };
    const process = await start(parts);
    const result = await process.pay({ amount: 5 }, CALL);
    if (result.status !== 'withheld' || !result.reviewId) throw new Error('not withheld');
    return { ...process, late, runs, reviewId: result.reviewId, start: () => start(parts) };
  }

  test('is released also where the call itself had needed an approval', async () => {
    const { world, start, runs } = openWorld();
    const late = async () => decision('human_review');
    const process = await start({ postflight: [{ name: 'late', control: late }], facts: true });
    world.decision = decision('human_review');
    await process.approve(await held(process));
    const result = await process.pay({ amount: 5 }, CALL);
    if (result.status !== 'withheld' || !result.reviewId) throw new Error('not withheld');
    await process.approve(result.reviewId);
    expect(await process.pay({ amount: 5 }, CALL)).toMatchObject({
      ...{ status: 'completed', executed: false, value: 5 },
    });
    expect(await process.pay({ amount: 5 }, CALL)).toMatchObject({ status: 'blocked' });
    expect(runs).toEqual([{ amount: 5 }]);
  });

  test('is released once it was approved, without running the tool again, once', async () => {
    const { pay, approve, reviewId, runs, start, log } = await withheld();
    expect(await pay({ amount: 5 }, CALL)).toMatchObject({ status: 'blocked', reviewId });
    await approve(reviewId);
    const restarted = await start();
    expect(await restarted.pay({ amount: 5 }, CALL)).toMatchObject({
      status: 'completed',
      executed: false,
      value: 5,
      reviewId,
    });
    expect((await pay({ amount: 5 }, CALL)).status).toBe('blocked');
    expect(runs).toHaveLength(1);
    expect(await bodiesOf(log, 'review.consumed')).toMatchObject([{ review_id: reviewId }]);
    expect((await bodiesOf(log, 'execution.ended')).map(({ status }) => status)).toEqual([
      'withheld',
      'blocked',
      'completed',
      'blocked',
    ]);
  });

  test('is released once, on however many replicas at once', async () => {
    const { approve, reviewId, runs, start } = await withheld();
    await approve(reviewId);
    const replicas = await Promise.all(Array.from({ length: 5 }, () => start()));
    const results = await Promise.all(replicas.map(({ pay }) => pay({ amount: 5 }, CALL)));
    expect(results.filter(({ status }) => status === 'completed')).toHaveLength(1);
    expect(runs).toHaveLength(1);
  });

  test('is released redacted, by what was decided then and now', async () => {
    const { pay, approve, reviewId, late } = await withheld();
    await approve(reviewId);
    late.decision = decision('allow', [{ kind: 'redact', target: 'result', path: '' }]);
    expect(await pay({ amount: 5 }, CALL)).toMatchObject({ value: '[redacted]' });
  });

  test('stays withheld when it is blocked by now, rejected, or somebody else asks', async () => {
    const blocked = await withheld();
    await blocked.approve(blocked.reviewId);
    blocked.late.decision = decision('block');
    expect((await blocked.pay({ amount: 5 }, CALL)).status).toBe('blocked');

    const rejected = await withheld();
    await resolveReview(rejected.log, {
      reviewId: rejected.reviewId,
      resolution: 'rejected',
      reviewer: 'bob',
    });
    expect((await rejected.pay({ amount: 5 }, CALL)).status).toBe('blocked');

    const other = await withheld();
    await other.approve(other.reviewId);
    for (const who of [{ actor: 'mallory' }, { agent: 'other' }]) {
      expect((await other.pay({ amount: 5 }, { ...CALL, ...who })).status).toBe('blocked');
    }
    expect((await other.pay({ amount: 6 }, CALL)).status).toBe('blocked');
  });

  test('is a fact once it was released, and not before', async () => {
    const seen: unknown[] = [];
    const scope = async ({ calls }: { calls?: readonly unknown[] }) => {
      seen.push(calls);
      return decision('allow');
    };
    const { pay, approve, reviewId, start } = await withheld({ scope });
    await approve(reviewId);
    await pay({ amount: 5 }, CALL);
    await pay({ amount: 7 }, CONTEXT);
    await (await start()).pay({ amount: 8 }, CONTEXT);
    const fact = { tool: 'pay', args: { amount: 5 }, result: 5, labels: [] };
    expect(seen).toEqual([[], [], [fact], [fact]]);
  });
});
