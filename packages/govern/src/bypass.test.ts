import { type Outcome, promised } from '@spanforge/core-events';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type CallContext,
  createGovernor,
  type GovernedResult,
  type GovernorParts,
  resolveReview,
} from './index.js';
import { bodiesOf, CONTEXT, createFaultyStore, openLog, recording } from './testing/fixtures.js';

type Args = { readonly amount: number };

/** Over 100 is held, over 1000 is blocked; a stricter rule may be published. */
const world = { limit: 1000, ran: [] as number[] };
let store = createFaultyStore().store;

const outcomeOf = ({ amount }: Args): Outcome =>
  amount > world.limit ? 'block' : amount > 100 ? 'human_review' : 'allow';

const rule = recording(({ args }) => {
  const outcome = outcomeOf(args as Args);
  return { outcome, obligations: [], reason: `Decided ${outcome}.`, reasonCode: outcome };
});

const context = (callId: string, more: Partial<CallContext> = {}): CallContext => ({
  ...CONTEXT,
  callId,
  ...more,
});

/** A process of its own over the one store, with the tool `pay` behind its governor. */
async function start(parts: Partial<GovernorParts> = {}) {
  const log = await openLog(store);
  const governor = createGovernor({ log, scope: rule, ...parts });
  const pay = governor.govern(
    async ({ amount }: Args) => {
      world.ran.push(amount);
      return amount;
    },
    { name: 'pay' },
  );
  const approve = (reviewId: string) =>
    resolveReview(log, { reviewId, resolution: 'approved', reviewer: 'bob' });
  return { log, governor, pay, approve };
}

type Process = Awaited<ReturnType<typeof start>>;

/** How calls ended, as the log has it. */
async function endings({ log }: Process): Promise<readonly unknown[]> {
  return (await bodiesOf(log, 'execution.ended')).map(({ status }) => status);
}

function reviewOf(result: GovernedResult<unknown>): string {
  if (result.status !== 'held') throw new Error(`not held: ${result.status}`);
  return result.reviewId;
}

async function hold(process: Process, amount = 500, callId = 'c1'): Promise<string> {
  return reviewOf(await process.pay({ amount }, context(callId)));
}

beforeEach(() => {
  store = createFaultyStore().store;
  world.limit = 1000;
  world.ran = [];
});

describe('ways around the enforcement point', () => {
  it('[B-01] a result that streams is held back until it was judged', async () => {
    const process = await start({
      postflight: [
        {
          name: 'secrets',
          control: async (_, result) => ({
            outcome: JSON.stringify(result).includes('a secret') ? 'block' : 'allow',
            obligations: [],
            reason: 'Decided.',
            reasonCode: 'secrets',
          }),
        },
      ],
    });
    const stream = process.governor.govern(
      async function* () {
        yield 'a secret';
        yield ' it was';
      },
      { name: 'tell' },
    );
    const result = await stream({}, context('c1'));
    expect(result).toMatchObject({ status: 'withheld' });
    expect(JSON.stringify(result)).not.toContain('a secret');
    expect(await endings(process)).toEqual(['withheld']);
  });

  it('[B-02] parallel calls are each decided, and one id runs once', async () => {
    const process = await start();
    const amounts = [1, 5000, 2, 6000, 3, 3, 3];
    const ids = ['a', 'b', 'c', 'd', 'e', 'e', 'e'];
    await Promise.all(amounts.map((amount, at) => process.pay({ amount }, context(ids[at] ?? ''))));
    expect([...world.ran].sort()).toEqual([1, 2, 3]);
    expect((await endings(process)).filter((status) => status === 'blocked')).toHaveLength(4);
  });

  it('[B-03] a retry of the same call runs nothing again', async () => {
    const process = await start();
    for (let attempt = 0; attempt < 3; attempt += 1)
      await process.pay({ amount: 7 }, context('c1'));
    expect(world.ran).toEqual([7]);
    expect(await endings(process)).toEqual(['completed', 'blocked', 'blocked']);
  });

  it('[B-04] a sub-agent is asked about under its own name', async () => {
    const named = recording(({ context: { agent } }) => {
      const outcome = agent === 'bot' ? 'allow' : 'block';
      return { outcome, obligations: [], reason: `Decided ${outcome}.`, reasonCode: outcome };
    });
    const process = await start({ scope: named });
    await process.pay({ amount: 1 }, context('c1', { agent: 'helper' }));
    await process.pay({ amount: 2 }, context('c2'));
    expect(world.ran).toEqual([2]);
    expect(await endings(process)).toEqual(['blocked', 'completed']);
  });

  it('[B-05 n/a] a tool over MCP is a function here; the proxy has its own row', () => undefined);

  it('[B-06] a tool added while running is governed or unknown', async () => {
    const process = await start();
    const before = await process.governor.call('late', { amount: 1 }, context('c1'));
    expect(before).toMatchObject({ status: 'blocked', reasonCode: 'unknown_tool' });
    process.governor.govern(({ amount }: Args) => world.ran.push(amount), { name: 'late' });
    await process.governor.call('late', { amount: 5000 }, context('c2'));
    expect(world.ran).toEqual([]);
    expect(await endings(process)).toEqual(['blocked', 'blocked']);
  });

  it('[B-07] a resumed approval is decided again, and runs once', async () => {
    const process = await start();
    const reviewId = await hold(process);
    expect(world.ran).toEqual([]);
    await process.approve(reviewId);
    await process.pay({ amount: 500 }, context('c1'));
    await process.pay({ amount: 500 }, context('c1'));
    expect(world.ran).toEqual([500]);
    expect(await endings(process)).toEqual(['held', 'completed', 'blocked']);
  });

  it('[B-08] an exception inside a control blocks', async () => {
    const process = await start({
      authorize: () => {
        throw new Error('hook');
      },
    });
    const result = await process.pay({ amount: 1 }, context('c1'));
    expect(result).toMatchObject({ status: 'blocked', reasonCode: 'control_failed' });
    expect(world.ran).toEqual([]);
    expect(await endings(process)).toEqual(['blocked']);
  });

  it('[B-09] a cancelled call is not run, and its cancelling is on record', async () => {
    const process = await start();
    const signal = AbortSignal.abort();
    const result = await process.pay({ amount: 1 }, context('c1', { signal }));
    expect(result.status).toBe('cancelled');
    expect(world.ran).toEqual([]);
    expect(await endings(process)).toEqual(['cancelled']);
  });

  it('a call cancelled right after it was made is not run, even if its controls answer at once', async () => {
    const allow = () =>
      promised(() => ({
        ...({ outcome: 'allow', obligations: [], reason: 'Yes.', reasonCode: 'allowed' } as const),
      }));
    const process = await start({ authorize: allow, scope: allow });
    await process.pay({ amount: 1 }, context('c1'));
    const abort = new AbortController();
    const paying = process.pay({ amount: 2 }, context('c2', { signal: abort.signal }));
    abort.abort();
    expect(await paying).toMatchObject({ status: 'cancelled', executed: false });
    expect(world.ran).toEqual([1]);
    expect(await endings(process)).toEqual(['completed', 'cancelled']);
  });

  it('[B-10] arguments edited after the approval are not what was approved', async () => {
    const process = await start();
    const reviewId = await hold(process);
    await process.approve(reviewId);
    await process.pay({ amount: 900 }, context('c1'));
    await process.pay({ amount: 900 }, context('c2', { reviewId }));
    expect(world.ran).toEqual([]);
    expect(await endings(process)).toEqual(['held', 'blocked', 'blocked']);
  });

  it('[B-11] an approval replayed under another call is spent', async () => {
    const process = await start();
    const reviewId = await hold(process);
    await process.approve(reviewId);
    await process.pay({ amount: 500 }, context('c1'));
    await process.pay({ amount: 500 }, context('c9', { reviewId }));
    expect(world.ran).toEqual([500]);
    expect((await endings(process)).at(-1)).toBe('blocked');
  });

  it('[B-12] a stricter rule published during the hold wins', async () => {
    const process = await start();
    await process.approve(await hold(process));
    world.limit = 200;
    await process.pay({ amount: 500 }, context('c1'));
    expect(world.ran).toEqual([]);
    expect(await endings(process)).toEqual(['held', 'blocked']);
  });

  it('[B-13] a process restarted during the hold needs the approval all the same', async () => {
    const reviewId = await hold(await start());
    const restarted = await start();
    const again = await restarted.pay({ amount: 500 }, context('c1'));
    expect([again.status, reviewOf(again)]).toEqual(['held', reviewId]);
    expect(world.ran).toEqual([]);
    await restarted.approve(reviewId);
    await (await start()).pay({ amount: 500 }, context('c1'));
    expect(world.ran).toEqual([500]);
  });

  it('[B-14] an unknown tool is blocked, and on record', async () => {
    const process = await start();
    const result = await process.governor.call('rm_rf', { amount: 1 }, context('c1'));
    expect(result).toMatchObject({ status: 'blocked', reasonCode: 'unknown_tool' });
    expect(await endings(process)).toEqual(['blocked']);
  });

  it('[B-15] a renamed tool takes no approval with it', async () => {
    const process = await start();
    const reviewId = await hold(process);
    await process.approve(reviewId);
    const renamed = process.governor.govern(({ amount }: Args) => world.ran.push(amount), {
      name: 'pay_out',
    });
    await renamed({ amount: 500 }, context('c1'));
    await renamed({ amount: 500 }, context('c2', { reviewId }));
    expect(world.ran).toEqual([]);
    expect((await endings(process)).slice(1)).toEqual(['blocked', 'blocked']);
  });

  it('[B-16 n/a] a function has no description; adapters and the proxy compare theirs', () =>
    undefined);
});
