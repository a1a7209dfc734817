import { describe, expect, test } from 'vitest';
import { createGovernor, type GovernorParts, type HeldCall } from '../index.js';
import { bodiesOf, CALL, CONTEXT, constant, openLog } from '../testing/fixtures.js';

async function desk(parts: Partial<GovernorParts>) {
  const log = await openLog();
  const governor = createGovernor({ log, ...parts });
  const runs: unknown[] = [];
  const pay = governor.govern((args: unknown) => runs.push(args), { name: 'pay' });
  return { log, pay, runs };
}

const ended = async (log: Awaited<ReturnType<typeof openLog>>) => bodiesOf(log, 'execution.ended');

describe('a refused call', () => {
  test('that is blocked names no review and no cause where there are none', async () => {
    const { log, pay, runs } = await desk({ scope: constant('block') });
    const result = await pay(1, CALL);
    expect(result.status).toBe('blocked');
    expect(result).not.toHaveProperty('reviewId');
    expect(result).not.toHaveProperty('cause');
    expect(Object.keys(result)).not.toContain('advice');
    const { advice } = result as { advice?: unknown };
    expect(advice).toMatchObject({ finality: 'final' });
    const [body] = await ended(log);
    expect(body).toMatchObject({ status: 'blocked', executed: false });
    expect(body).not.toHaveProperty('review_id');
    expect(runs).toEqual([]);
  });

  test('that is blocked because a control failed tells the cause to its caller', async () => {
    const cause = new Error('down');
    const { pay } = await desk({
      scope: async () => {
        throw cause;
      },
    });
    expect(await pay(1, CALL)).toMatchObject({ reasonCode: 'control_failed', cause });
  });

  test('that is held names its review in the answer and on record, also when it is made again', async () => {
    const announced: HeldCall[] = [];
    const { log, pay, runs } = await desk({
      scope: constant('human_review'),
      refusals: { limit: 1 },
      onHeld: (held) => announced.push(held),
    });
    const first = await pay(1, CALL);
    if (first.status !== 'held') throw new Error(first.status);
    const { reviewId } = first;
    expect((await ended(log))[0]).toMatchObject({ status: 'held', review_id: reviewId });
    for (let again = 0; again < 3; again += 1) {
      expect(await pay(1, CALL)).toMatchObject({ status: 'held', reviewId });
    }
    expect((await ended(log)).at(-1)).toMatchObject({ status: 'held', review_id: reviewId });
    expect(announced).toEqual([first]);
    expect(runs).toEqual([]);
  });

  test('that is held is not counted as refused', async () => {
    const { pay } = await desk({ scope: constant('human_review'), refusals: { limit: 2 } });
    const statuses = [];
    for (let n = 0; n < 5; n += 1) statuses.push((await pay(1, CONTEXT)).status);
    expect(statuses).toEqual(['held', 'held', 'held', 'held', 'held']);
  });

  test('that its caller gave up names no review and brings no advice', async () => {
    const { log, pay } = await desk({ scope: constant('human_review') });
    const result = await pay(1, { ...CALL, signal: AbortSignal.abort() });
    expect(result.status).toBe('cancelled');
    expect(result).not.toHaveProperty('advice');
    expect(result).not.toHaveProperty('reviewId');
    const [body] = await ended(log);
    expect(body).toMatchObject({ status: 'cancelled', executed: false });
    expect(body).not.toHaveProperty('review_id');
    expect(await bodiesOf(log, 'review.requested')).toEqual([]);
  });

  test('that cannot be recorded rests on no decision', async () => {
    const { log, pay } = await desk({ scope: constant('block') });
    await log.close();
    expect(await pay(1, CALL)).toMatchObject({ decisions: [], receipts: [], executed: false });
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('not your concern');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('not your concern');
      },
    ],
    ['answers nothing', () => undefined],
  ])('is held though the host %s when it is told', async (_name, onHeld) => {
    const { pay } = await desk({ scope: constant('human_review'), onHeld });
    expect((await pay(1, CALL)).status).toBe('held');
  });
});
