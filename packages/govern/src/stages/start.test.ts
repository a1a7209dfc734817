import type { AppendOptions } from '@spanforge/core-events';
import type { EvidenceLog } from '@spanforge/core-events/log';
import { canonicalize, sha256, toHex } from '@spanforge/core-signing';
import { describe, expect, test } from 'vitest';
import { createGovernor, type GovernorParts, govern, resolveReview } from '../index.js';
import {
  bodiesOf,
  CALL,
  CONTEXT,
  constant,
  createFaultyStore,
  decision,
  openLog,
} from '../testing/fixtures.js';

/** A log that tells with which options its stages are committed. */
function watched(log: EvidenceLog) {
  const options: AppendOptions[] = [];
  const stage: EvidenceLog['stage'] = (...given) => {
    const staged = log.stage(...given);
    const commit: typeof staged.commit = (asked) => {
      options.push(asked ?? {});
      return staged.commit(asked);
    };
    return new Proxy(staged, {
      get: (target, name) => (name === 'commit' ? commit : Reflect.get(target, name)),
    });
  };
  return { log: { ...log, stage } as EvidenceLog, options };
}

async function desk(parts: Partial<GovernorParts> = {}) {
  const { log, options } = watched(await openLog());
  const governor = createGovernor({ log, ...parts });
  const runs: unknown[] = [];
  const tool = (name: string, effect: 'read' | 'write' = 'write') =>
    govern(
      (args: unknown) => {
        runs.push(args);
        return args;
      },
      { governor, name, effect },
    );
  return { log, options, runs, tool };
}

describe('a start', () => {
  test('takes its call id for exactly this tool and these arguments, as long as the log lives', async () => {
    const { options, runs, tool } = await desk();
    await tool('pay')({ to: 'acme', amount: 5 }, CALL);
    const key = canonicalize(['acme', 'run-1', 'call-1']);
    const asked = canonicalize([key, 'pay', { amount: 5, to: 'acme' }]);
    expect(options[0]).toStrictEqual({
      idempotencyKey: `govern:${key}`,
      requestDigest: toHex(sha256(asked)),
    });
    const other = await tool('refund')({ to: 'acme', amount: 5 }, CALL);
    expect(other).toMatchObject({
      ...{ status: 'blocked', executed: false, reasonCode: 'call_id_reused', decisions: [] },
      reason: 'The id of this call belongs to another call.',
    });
    expect(runs).toHaveLength(1);
  });

  test('takes the approval it uses', async () => {
    const { log, options, tool } = await desk({ scope: constant('human_review') });
    const pay = tool('pay');
    const { reviewId } = (await pay({ amount: 5 }, CALL)) as { reviewId: string };
    await resolveReview(log, { reviewId, resolution: 'approved', reviewer: 'bob' });
    options.length = 0;
    expect(await pay({ amount: 5 }, CALL)).toMatchObject({ status: 'completed' });
    expect(options[0]).toMatchObject({ claim: `review:${reviewId}` });
    const { binding } = (await bodiesOf(log, 'review.requested'))[0] as { binding: string };
    expect(await bodiesOf(log, 'review.consumed')).toEqual([
      { review_id: reviewId, call_id: 'call-1', binding },
    ]);
    expect(await bodiesOf(log, 'execution.started')).toMatchObject([{ review_id: reviewId }]);
  });

  test('of the same approval under another call id is refused as used', async () => {
    const { log, runs, tool } = await desk({ scope: constant('human_review') });
    const pay = tool('pay');
    const { reviewId } = (await pay({ amount: 5 }, CALL)) as { reviewId: string };
    await resolveReview(log, { reviewId, resolution: 'approved', reviewer: 'bob' });
    const ids = ['call-1', 'call-2', 'call-3'];
    const results = await Promise.all(
      ids.map((callId) => pay({ amount: 5 }, { ...CALL, callId, reviewId })),
    );
    expect(runs).toHaveLength(1);
    const others = results.filter(({ status }) => status !== 'completed');
    expect(others).toHaveLength(2);
    for (const other of others) {
      expect(other).toMatchObject({
        ...{ status: 'blocked', executed: false, reasonCode: 'approval_consumed', reviewId },
        ...{ reason: 'The approval was used before.' },
      });
    }
  });

  test('of a reading tool stands with its ending in one commit, and takes nothing', async () => {
    const { log, options, tool } = await desk();
    const look = tool('look', 'read');
    expect(await look({ id: 1 }, CALL)).toMatchObject({ status: 'completed' });
    expect(await look({ id: 2 }, CALL)).toMatchObject({ status: 'completed' });
    expect(options).toEqual([{}, {}]);
    const { receipts } = await look({ id: 3 }, CALL);
    expect(receipts.map(({ type }) => type)).toContain('spanforge.execution.started.v1');
    expect(receipts.every(({ id }) => id !== undefined)).toBe(true);
    expect(await bodiesOf(log, 'execution.started')).toHaveLength(3);
  });

  test('gives the tool what the decision redacts, and records what it was given', async () => {
    const mask = [{ kind: 'redact', target: 'args', path: 'card' }] as const;
    const { log, runs, tool } = await desk({ scope: constant('redact', mask) });
    await tool('pay')({ card: '4111', amount: 5 }, CALL);
    expect(runs).toEqual([{ card: '[redacted]', amount: 5 }]);
    const [started] = await bodiesOf(log, 'execution.started');
    const plain = await desk({ scope: constant('allow') });
    await plain.tool('pay')({ card: '4111', amount: 5 }, CALL);
    const [other] = await bodiesOf(plain.log, 'execution.started');
    expect(started?.values).not.toEqual(other?.values);
  });
});

test('a start that comes on record after its time is ended there, once, and only where it counts', async () => {
  for (const mode of ['enforce', 'shadow'] as const) {
    const faulty = createFaultyStore();
    const log = await openLog(faulty.store);
    const governor = createGovernor({ log, mode, commitTimeoutMs: 20 });
    const runs: unknown[] = [];
    const pay = govern((args: unknown) => runs.push(args), { governor, name: 'pay' });
    faulty.plan((n) => (n === 0 ? 'hang' : 'none'));
    await pay({ amount: 5 }, CALL);
    faulty.release();
    await expect.poll(() => bodiesOf(log, 'execution.started')).toHaveLength(1);
    const [started] = (await log.query({ types: ['spanforge.execution.started.v1'] })).records;
    if (mode === 'enforce') {
      await expect
        .poll(() => bodiesOf(log, 'execution.ended'))
        .toMatchObject([
          {
            ...{ status: 'blocked', executed: false, outcome: 'block' },
            ...{ reason_code: 'evidence_unavailable', started_id: started?.id },
          },
        ]);
    }
    expect(runs).toHaveLength(mode === 'enforce' ? 0 : 1);
    // Whatever was still to be recorded stands before the next call.
    await pay({ amount: 6 }, CONTEXT);
    const endings = await bodiesOf(log, 'execution.ended');
    expect(endings.filter(({ status }) => status === 'blocked')).toHaveLength(
      mode === 'enforce' ? 1 : 0,
    );
  }
});

test('a call whose earlier attempt cannot be read is refused all the same', async () => {
  const log = await openLog();
  const down = { now: false };
  const query: EvidenceLog['query'] = (asked) =>
    down.now ? Promise.reject(new Error('down')) : log.query(asked);
  const governor = createGovernor({ log: { ...log, query }, facts: false });
  const pay = govern((args: unknown) => args, { governor, name: 'pay' });
  await pay({ amount: 5 }, CALL);
  down.now = true;
  expect(await pay({ amount: 5 }, CALL)).toMatchObject({
    ...{ status: 'blocked', executed: false, reasonCode: 'already_started', decisions: [] },
    reason: 'This call was begun before; its ending is not on record, so it is unknown.',
  });
});

test('a repetition that comes on record after its time does not end what has ended', async () => {
  const faulty = createFaultyStore();
  const log = await openLog(faulty.store);
  const governor = createGovernor({ log, commitTimeoutMs: 20 });
  const pay = govern((args: unknown) => args, { governor, name: 'pay' });
  await pay({ amount: 5 }, CALL);
  const appended = { count: 0 };
  faulty.plan((n) => {
    appended.count = n + 1;
    return n === 0 ? 'hang' : 'none';
  });
  expect(await pay({ amount: 5 }, CALL)).toMatchObject({ reasonCode: 'evidence_unavailable' });
  faulty.release();
  await pay({ amount: 6 }, CONTEXT);
  const endings = await bodiesOf(log, 'execution.ended');
  expect(appended.count).toBeGreaterThan(1);
  expect(endings.map(({ status }) => status)).toEqual(['completed', 'completed']);
});

test('a start that no record can hold runs nothing', async () => {
  const log = await openLog();
  const stage: EvidenceLog['stage'] = (...given) =>
    new Proxy(log.stage(...given), {
      get(target, name) {
        const own: unknown = Reflect.get(target, name);
        if (typeof own !== 'function') return own;
        return (...asked: unknown[]) => {
          if (JSON.stringify(asked).includes('execution.started')) throw new Error('too large');
          return Reflect.apply(own, target, asked);
        };
      },
    });
  const governor = createGovernor({ log: { ...log, stage } });
  const runs: unknown[] = [];
  const pay = govern((args: unknown) => runs.push(args), { governor, name: 'pay' });
  expect(await pay({ amount: 5 }, CALL)).toMatchObject({
    ...{ status: 'blocked', executed: false, reasonCode: 'evidence_unavailable', receipts: [] },
    cause: expect.objectContaining({ message: 'too large' }),
  });
  expect(runs).toEqual([]);
  expect(await bodiesOf(log, 'execution.started')).toEqual([]);
});

test('an approval of other arguments ends the call that asked as held, and says what ran', async () => {
  const asked = { decision: decision('human_review') };
  const { log, runs, tool } = await desk({ scope: async () => asked.decision });
  const pay = tool('pay');
  const { reviewId } = (await pay({ amount: 500 }, CALL)) as { reviewId: string };
  const args = { amount: 200 };
  await resolveReview(log, { reviewId, resolution: 'approved', reviewer: 'bob', args });
  asked.decision = decision('human_review', [{ kind: 'redact', target: 'result', path: 'memo' }]);
  expect(await pay({ amount: 500 }, CALL)).toMatchObject({
    ...{ status: 'completed', reviewId, reasonCode: 'approved_edited' },
    reason: 'A reviewer approved this call with other arguments.',
    obligations: [{ kind: 'redact', target: 'result', path: 'memo' }],
  });
  expect(runs).toEqual([args]);
  const endings = await bodiesOf(log, 'execution.ended');
  expect(endings.map(({ status, executed, review_id }) => [status, executed, review_id])).toEqual([
    ['held', false, reviewId],
    ['held', false, reviewId],
    ['completed', true, reviewId],
  ]);
  expect(endings[1]?.values).toHaveProperty('args');
});
