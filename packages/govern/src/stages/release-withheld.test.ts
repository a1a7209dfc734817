import { describe, expect, test } from 'vitest';
import type { EarlierAttempt } from '../evidence/earlier-attempt.js';
import type { DecidedCall } from '../model/open-call.js';
import type { Review } from '../reviews/review-state.js';
import { bodiesOf, CONTEXT, decision, recordsOf } from '../testing/fixtures.js';
import { withheldCall } from '../testing/withheld-call.js';
import type { BlockedRefusal } from './decide.js';
import { type ReleaseParts, releaseWithheld } from './release-withheld.js';

describe('a review', () => {
  const refused = {
    kind: 'blocked',
    combined: {},
    reviewId: undefined,
  } as unknown as BlockedRefusal;
  const decided = { call: { callId: 'call-1', tool: 'pay', context: CONTEXT } } as DecidedCall;
  const withheld = { status: 'withheld', reviewId: 'review-1' };
  const pending = { reviewId: 'review-1', state: 'pending', callId: 'call-1', tool: 'pay' };

  /** What is answered to the repeated call: the refusal as it was, or with the review's id. */
  async function repeat(review: object | undefined, ending: object = withheld, kind = 'ended') {
    const asked: string[] = [];
    const reviews = {
      get: async (id: string) => {
        asked.push(id);
        return review && ({ ...pending, context: CONTEXT, ...review } as unknown as Review);
      },
    };
    const earlier = { kind, ending } as unknown as EarlierAttempt;
    const release = await releaseWithheld({ reviews } as ReleaseParts, decided, earlier, refused);
    return { release, asked };
  }

  test('that nobody has approved is named, and releases nothing', async () => {
    for (const state of ['pending', 'rejected', 'expired', 'consumed']) {
      const { release, asked } = await repeat({ state });
      expect(release).toEqual({ kind: 'refused', refused: { ...refused, reviewId: 'review-1' } });
      expect(asked).toEqual(['review-1']);
    }
  });

  test('that is approved releases nothing where the result is not on record', async () => {
    const { release } = await repeat({ state: 'approved' });
    expect(release).toEqual({ kind: 'refused', refused: { ...refused, reviewId: 'review-1' } });
  });

  test.each<[string, object | undefined]>([
    ['that is not there', undefined],
    ['of another call', { callId: 'call-2' }],
    ['of another tool', { tool: 'refund' }],
    ...['tenant', 'run', 'agent', 'actor'].map((name): [string, object] => [
      `of another ${name}`,
      { context: { ...CONTEXT, [name]: 'other' } },
    ]),
  ])('%s is not told to the caller', async (_what, review) => {
    expect((await repeat(review)).release).toEqual({ kind: 'refused', refused });
  });

  test('is looked for only where the earlier attempt ended with its result withheld', async () => {
    const { reviewId } = withheld;
    for (const [ending, kind] of [
      [{ status: 'completed', reviewId }],
      [{ status: 'withheld' }],
      [withheld, 'unended'],
      [withheld, 'unknown'],
    ] as const) {
      const { release, asked } = await repeat({}, ending, kind);
      expect(release).toEqual({ kind: 'refused', refused });
      expect(asked).toEqual([]);
    }
  });

  test('that cannot be read releases nothing', async () => {
    const reviews = { get: async () => Promise.reject(new Error('down')) };
    const parts = { reviews } as unknown as ReleaseParts;
    const earlier = { kind: 'ended', ending: withheld } as unknown as EarlierAttempt;
    const release = await releaseWithheld(parts, decided, earlier, refused);
    expect(release).toEqual({ kind: 'refused', refused });
  });
});

describe('a withheld result', () => {
  test('that was approved is released on record: whose approval, which start, not executed', async () => {
    const { log, again, approve, reviewId } = await withheldCall();
    await approve();
    expect(await again()).toMatchObject({
      ...{ status: 'completed', executed: false, reviewId },
      ...{ reason: 'A reviewer approved this result.', reasonCode: 'approved' },
      value: { card: '4111', amount: 5 },
    });
    const records = await recordsOf(log);
    const of = (type: string) => records.filter((one) => one.type === `spanforge.${type}.v1`);
    const [requested] = of('review.requested');
    expect(of('review.consumed').map(({ body }) => body)).toEqual([
      { review_id: reviewId, call_id: 'call-1', binding: requested?.body.binding },
    ]);
    const [started] = of('execution.started');
    expect(of('execution.ended').at(-1)?.body).toMatchObject({
      ...{ status: 'completed', executed: false, started_id: started?.id },
      reason: 'A reviewer approved this result.',
      reason_code: 'approved',
    });
  });

  test('that is decided about more strictly by now is refused, and the approval stays', async () => {
    const { log, late, again, approve, reviewId } = await withheldCall();
    await approve();
    late.decision = decision('block');
    expect(await again()).toMatchObject({
      ...{ status: 'blocked', executed: false, reviewId, reasonCode: 'review_mismatch' },
      reason: 'The result is now decided about more strictly than when it was reviewed.',
      decisions: [],
    });
    expect(await bodiesOf(log, 'review.consumed')).toEqual([]);
    late.decision = decision('allow');
    expect(await again()).toMatchObject({ status: 'completed', reviewId });
  });

  test('is released once: who comes second is told that the approval was used', async () => {
    const { again, approve, reviewId } = await withheldCall();
    await approve();
    const results = await Promise.all(Array.from({ length: 4 }, () => again()));
    const others = results.filter(({ status }) => status !== 'completed');
    expect(others).toHaveLength(3);
    for (const other of others) {
      expect(other).toMatchObject({ status: 'blocked', reviewId, decisions: [] });
      expect(['approval_consumed', 'already_started']).toContain(other.reasonCode);
    }
    const told = others.filter(({ reasonCode }) => reasonCode === 'approval_consumed');
    expect(told.length).toBeGreaterThan(0);
    expect(new Set(told.map(({ reason }) => reason))).toEqual(
      new Set(['The approval was used before.']),
    );
  });

  test('that was erased stays withheld, and its approval unused', async () => {
    const { log, again, approve, reviewId, erased, runs } = await withheldCall();
    await approve();
    erased.values = true;
    expect(await again()).toMatchObject({
      ...{ status: 'blocked', reviewId, reasonCode: 'already_started' },
    });
    expect(await bodiesOf(log, 'review.consumed')).toEqual([]);
    expect(runs).toHaveLength(1);
  });

  test('is not released where that cannot be recorded', async () => {
    const { again, approve, plan } = await withheldCall();
    await approve();
    plan(() => 'fail');
    const result = await again();
    expect(result).toMatchObject({
      ...{ status: 'blocked', executed: false, reasonCode: 'evidence_unavailable' },
      ...{ decisions: [], receipts: [], cause: expect.any(Error) },
    });
    expect(result).not.toHaveProperty('value');
  });

  test('is not released where a control fails to judge it', async () => {
    const control = { judged: 0 };
    const { again, approve } = await withheldCall({
      postflight: [
        {
          name: 'once',
          control: async () => {
            control.judged += 1;
            if (control.judged > 1) throw new Error('down');
            return decision('human_review');
          },
        },
      ],
    });
    await approve();
    const result = await again();
    expect(result).toMatchObject({ status: 'blocked', executed: false });
    expect(result).not.toHaveProperty('value');
  });

  test('is redacted by what was decided before its tool ran, though nothing asks for it now', async () => {
    const mask = [{ kind: 'redact', target: 'result', path: 'card' }] as const;
    const now = { obligations: mask as typeof mask | [] };
    const { again, approve } = await withheldCall({
      scope: async () => decision('allow', now.obligations),
    });
    await approve();
    now.obligations = [];
    expect(await again()).toMatchObject({
      status: 'completed',
      value: { card: '[redacted]', amount: 5 },
    });
  });

  test('keeps the labels it was found to have then', async () => {
    const found = { labels: ['secret'] as readonly string[] };
    const { log, again, approve } = await withheldCall({
      labels: {
        onCall: () => ({ labels: [], via: [] }),
        onResult: () => found.labels,
      },
    });
    await approve();
    found.labels = ['public'];
    expect(await again()).toMatchObject({ status: 'completed' });
    const [before, after] = await bodiesOf(log, 'execution.ended');
    expect([before?.labels, after?.labels]).toEqual([['secret'], ['public', 'secret']]);
  });

  test('is released where nobody keeps facts, too', async () => {
    const { again, approve } = await withheldCall({ facts: false });
    await approve();
    expect(await again()).toMatchObject({ status: 'completed', executed: false });
  });
});
