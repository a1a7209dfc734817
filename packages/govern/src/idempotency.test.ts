import { describe, expect, test } from 'vitest';
import { createGovernor, govern } from './index.js';
import { bodiesOf, CALL, CONTEXT, createFaultyStore, openLog } from './testing/fixtures.js';

async function counted() {
  const log = await openLog();
  const governor = createGovernor({ log });
  const runs: number[] = [];
  const tool = govern(
    async (amount: number) => {
      runs.push(amount);
      return amount;
    },
    { governor, name: 'pay' },
  );
  return { log, governor, runs, tool };
}

describe('a writing tool', () => {
  test('runs once for a call made many times at once', async () => {
    const { log, runs, tool } = await counted();
    const results = await Promise.all(Array.from({ length: 50 }, () => tool(5, CALL)));
    expect(runs).toEqual([5]);
    expect(results.filter(({ status }) => status === 'completed')).toHaveLength(1);
    const others = results.filter(({ status }) => status !== 'completed');
    expect(new Set(others.map(({ reasonCode }) => reasonCode))).toEqual(
      new Set(['already_started']),
    );
    expect(await bodiesOf(log, 'execution.started')).toHaveLength(1);
  });

  test('says how the call that was begun before ended', async () => {
    const { tool } = await counted();
    await tool(5, CALL);
    expect(await tool(5, CALL)).toMatchObject({
      status: 'blocked',
      executed: false,
      reasonCode: 'already_started',
      reason: 'This call was begun before; it ended as completed.',
    });
  });

  test('is not run under an id that stands for other arguments', async () => {
    const { runs, tool } = await counted();
    await tool(5, CALL);
    expect(await tool(6, CALL)).toMatchObject({ status: 'blocked', reasonCode: 'call_id_reused' });
    expect(runs).toEqual([5]);
  });

  test('runs again for another run, tenant or call', async () => {
    const { runs, tool } = await counted();
    await tool(5, CALL);
    await tool(5, { ...CALL, run: 'run-2' });
    await tool(5, { ...CALL, tenant: 'other' });
    await tool(5, { ...CALL, callId: 'call-2' });
    await tool(5, CONTEXT);
    await tool(5, CONTEXT);
    expect(runs).toHaveLength(6);
  });

  test('is not run again after the process ended between its two commits', async () => {
    const faulty = createFaultyStore();
    const log = await openLog(faulty.store);
    const governor = createGovernor({ log });
    let runs = 0;
    const never = govern(
      () => {
        runs += 1;
        return new Promise<number>(() => undefined);
      },
      { governor, name: 'pay' },
    );
    void never(undefined, CALL);
    await expect.poll(() => runs).toBe(1);

    const restarted = await openLog(faulty.store);
    const again = govern(() => ++runs, {
      governor: createGovernor({ log: restarted }),
      name: 'pay',
    });
    expect(await again(undefined, CALL)).toMatchObject({
      status: 'blocked',
      reasonCode: 'already_started',
      reason: 'This call was begun before; its ending is not on record, so it is unknown.',
    });
    expect(runs).toBe(1);
    expect(await bodiesOf(restarted, 'execution.started')).toHaveLength(1);
    const endings = await bodiesOf(restarted, 'execution.ended');
    expect(endings).toMatchObject([{ status: 'blocked', executed: false }]);
    expect(endings[0]).not.toHaveProperty('started_id');
  });
});
