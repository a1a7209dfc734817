import type { ControlDecision, Outcome } from '@spanforge/core-events';
import type { EvidenceLog } from '@spanforge/core-events/log';
import { reviewResolvedV1 } from '@spanforge/core-events/records';
import { describe, expect, test } from 'vitest';
import type { CallContext } from './index.js';
import {
  createGovernor,
  createReviews,
  getReview,
  govern,
  listReviews,
  resolveReview,
} from './index.js';
import {
  bodiesOf,
  CALL,
  constant,
  createFaultyStore,
  decision,
  openLog,
} from './testing/fixtures.js';

const HOUR_MS = 3_600_000;

interface Desk {
  readonly log: EvidenceLog;
  readonly runs: unknown[];
  readonly tool: (args: unknown, context: CallContext) => Promise<Record<string, unknown>>;
  bundle(next: ControlDecision): void;
  wait(ms: number): void;
  resolve(
    reviewId: unknown,
    resolution?: 'approved' | 'rejected',
    reviewer?: string,
  ): Promise<unknown>;
}

async function openDesk(effect: 'read' | 'write' = 'write'): Promise<Desk> {
  let now = Date.parse('2026-01-01T00:00:00Z');
  let current = decision('human_review', [{ kind: 'redact', target: 'args', path: 'iban' }]);
  const clock = (): number => now;
  const log = await openLog(undefined, clock);
  const runs: unknown[] = [];
  const governor = createGovernor({
    log,
    clock,
    reviewTtlMs: HOUR_MS,
    scope: async (call, recorder) => ({
      ...(await constant(current.outcome)(call, recorder)),
      ...current,
    }),
  });
  const tool = govern((args: unknown) => runs.push(args), { governor, name: 'pay', effect });
  return {
    log,
    runs,
    tool: tool as unknown as Desk['tool'],
    bundle: (next) => {
      current = next;
    },
    wait: (ms) => {
      now += ms;
    },
    resolve: (reviewId, resolution = 'approved', reviewer = 'bob') =>
      resolveReview(log, { reviewId: reviewId as string, resolution, reviewer, clock }),
  };
}

const PAY = { iban: 'DE00', amount: 500 };

describe('a call that needs a person', () => {
  test('is held, approved, and runs once with its obligations', async () => {
    const { log, runs, tool, resolve } = await openDesk();
    const held = await tool(PAY, CALL);
    expect(held).toMatchObject({ status: 'held', executed: false, outcome: 'human_review' });
    expect(runs).toEqual([]);
    await resolve(held.reviewId);
    expect(await tool(PAY, CALL)).toMatchObject({
      status: 'completed',
      reasonCode: 'approved',
      reviewId: held.reviewId,
    });
    expect(runs).toEqual([{ iban: '[redacted]', amount: 500 }]);
    expect(await bodiesOf(log, 'review.consumed')).toMatchObject([
      { review_id: held.reviewId, call_id: 'call-1' },
    ]);
    expect(await tool(PAY, CALL)).toMatchObject({ reasonCode: 'already_started' });
    expect(runs).toHaveLength(1);
  });

  test('that only reads consumes its approval before it runs all the same', async () => {
    const { log, tool, resolve } = await openDesk('read');
    const { reviewId } = await tool(PAY, CALL);
    await resolve(reviewId);
    const before = log.status().commits;
    expect((await tool(PAY, CALL)).status).toBe('completed');
    expect(log.status().commits - before).toBe(2);
  });

  test('asks once, however often it is made', async () => {
    const { log, tool } = await openDesk();
    const together = await Promise.all([tool(PAY, CALL), tool(PAY, CALL), tool(PAY, CALL)]);
    const later = await tool(PAY, CALL);
    const ids = new Set([...together, later].map(({ reviewId }) => reviewId));
    expect([...together, later].map(({ status }) => status)).toEqual(Array(4).fill('held'));
    expect(ids.size).toBe(1);
    expect(await bodiesOf(log, 'review.requested')).toHaveLength(1);
    expect(await bodiesOf(log, 'execution.ended')).toHaveLength(4);
  });

  test('may be redeemed under another call id by naming the review, once', async () => {
    const { runs, tool, resolve } = await openDesk();
    const { reviewId } = await tool(PAY, CALL);
    await resolve(reviewId);
    const redeem = (callId: string) => tool(PAY, { ...CALL, callId, reviewId: reviewId as string });
    const results = await Promise.all(['a', 'b', 'c', 'd'].map(redeem));
    const codes = results.map(({ reasonCode }) => reasonCode).sort();
    expect(codes).toEqual([...Array(3).fill('approval_consumed'), 'approved']);
    expect(runs).toHaveLength(1);
    expect(await redeem('e')).toMatchObject({ reasonCode: 'approval_consumed' });
  });

  test('and is redeemed twice at once runs once', async () => {
    const { runs, tool, resolve } = await openDesk();
    const { reviewId } = await tool(PAY, CALL);
    await resolve(reviewId);
    const results = await Promise.all([tool(PAY, CALL), tool(PAY, CALL)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['blocked', 'completed']);
    expect(runs).toHaveLength(1);
  });

  test.each([
    ['arguments', { ...PAY, amount: 501 }, CALL],
    ['labels', PAY, { ...CALL, labels: ['untrusted'] }],
    ['actor', PAY, { ...CALL, actor: 'eve' }],
    ['agent', PAY, { ...CALL, agent: 'other' }],
  ])('is not approved for other %s', async (_name, args, context) => {
    const { runs, tool, resolve } = await openDesk();
    const { reviewId } = await tool(PAY, CALL);
    await resolve(reviewId);
    expect(await tool(args, context)).toMatchObject({
      status: 'blocked',
      reasonCode: 'review_mismatch',
    });
    expect(
      await tool(args, { ...context, callId: 'x', reviewId: reviewId as string }),
    ).toMatchObject({ reasonCode: 'review_mismatch' });
    expect(runs).toEqual([]);
  });

  test('is not approved for another tool or tenant', async () => {
    const { log, runs, tool, resolve } = await openDesk();
    const { reviewId } = await tool(PAY, CALL);
    await resolve(reviewId);
    const named = { ...CALL, callId: 'x', reviewId: reviewId as string };
    expect(await tool(PAY, { ...named, tenant: 'other' })).toMatchObject({
      reasonCode: 'review_unknown',
    });
    const governor = createGovernor({ log, scope: constant('human_review') });
    const wire = govern((args: typeof PAY) => runs.push(args), { governor, name: 'wire' });
    expect(await wire(PAY, named)).toMatchObject({ reasonCode: 'review_mismatch' });
    expect(await wire(PAY, { ...named, reviewId: 'none' })).toMatchObject({
      reasonCode: 'review_unknown',
    });
    expect(runs).toEqual([]);
  });

  test('that was rejected stays blocked', async () => {
    const { tool, resolve } = await openDesk();
    const { reviewId } = await tool(PAY, CALL);
    await resolve(reviewId, 'rejected');
    expect(await tool(PAY, CALL)).toMatchObject({ reasonCode: 'review_rejected', reviewId });
  });

  test('whose time is over stays blocked, decided or not', async () => {
    for (const approve of [false, true]) {
      const { tool, resolve, wait } = await openDesk();
      const { reviewId } = await tool(PAY, CALL);
      if (approve) await resolve(reviewId);
      wait(HOUR_MS);
      expect(await tool(PAY, CALL)).toMatchObject({ reasonCode: 'review_expired' });
      if (!approve) {
        await expect(resolve(reviewId)).rejects.toMatchObject({ code: 'GOVERN_REVIEW_EXPIRED' });
      }
    }
  });

  test('is decided again when it is approved: the stricter wins, obligations of both stand', async () => {
    const { runs, tool, resolve, bundle } = await openDesk();
    const { reviewId } = await tool(PAY, CALL);
    await resolve(reviewId);
    bundle(decision('block'));
    expect(await tool(PAY, CALL)).toMatchObject({ status: 'blocked', outcome: 'block' });
    bundle(decision('human_review', [{ kind: 'redact', target: 'args', path: 'amount' }]));
    expect((await tool(PAY, CALL)).status).toBe('completed');
    expect(runs).toEqual([{ iban: '[redacted]', amount: '[redacted]' }]);
  });

  test('needs nobody any more when the decision no longer asks for it', async () => {
    const { runs, tool, bundle } = await openDesk();
    await tool(PAY, CALL);
    bundle(decision('allow'));
    expect((await tool(PAY, CALL)).status).toBe('completed');
    expect(runs).toEqual([PAY]);
  });

  test('is blocked when no approval could be bound to its arguments', async () => {
    const { tool } = await openDesk();
    expect(await tool({ client: new Map() }, CALL)).toMatchObject({
      status: 'blocked',
      reasonCode: 'args_not_bindable',
    });
  });

  test('is blocked when what was approved was erased', async () => {
    const faulty = createFaultyStore();
    const log = await openLog({ ...faulty.store, disclosures: async () => [] });
    const governor = createGovernor({ log, scope: constant('human_review') });
    const tool = govern((args: typeof PAY) => args.amount, { governor, name: 'pay' });
    const held = await tool(PAY, CALL);
    const { reviewId } = held as { reviewId: string };
    await resolveReview(log, { reviewId, resolution: 'approved', reviewer: 'bob' });
    expect(await tool(PAY, CALL)).toMatchObject({ reasonCode: 'evidence_unavailable' });
  });

  test('is blocked when the log cannot be asked', async () => {
    const faulty = createFaultyStore();
    let down = false;
    const { find, read } = faulty.store;
    const silent = (): Promise<never> => new Promise(() => undefined);
    const store: typeof faulty.store = {
      ...faulty.store,
      find: (query) => (down ? silent() : find(query)),
      // State is read by the bytes of the open part of the log, not by its index.
      read: (first, count) => (down ? silent() : read(first, count)),
    };
    const log = await openLog(store);
    const scope = constant('human_review');
    const governor = createGovernor({ log, scope, commitTimeoutMs: 20 });
    const tool = govern((args: typeof PAY) => args.amount, { governor, name: 'pay' });
    await tool(PAY, CALL);
    down = true;
    expect(await tool(PAY, CALL)).toMatchObject({ reasonCode: 'evidence_unavailable' });
  });
});

describe('a reviewer', () => {
  test.each(['alice', 'bot'])('is not who asks (%s)', async (reviewer) => {
    const { tool, resolve } = await openDesk();
    const { reviewId } = await tool(PAY, CALL);
    await expect(resolve(reviewId, 'approved', reviewer)).rejects.toMatchObject({
      code: 'GOVERN_REVIEW_SELF_APPROVAL',
    });
    expect(await tool(PAY, CALL)).toMatchObject({ status: 'held' });
  });

  test('who asks grants nothing, even with a record of it', async () => {
    const { log, runs, tool } = await openDesk();
    const { reviewId } = (await tool(PAY, CALL)) as { reviewId: string };
    const review = await getReview(log, reviewId);
    const body = reviewResolvedV1.toWire({
      reviewId,
      resolution: 'approved',
      reviewer: 'alice',
      binding: review!.binding,
    });
    await log.append([{ type: reviewResolvedV1.key, context: review!.context, body }]);
    expect(await tool(PAY, CALL)).toMatchObject({ reasonCode: 'review_rejected' });
    expect(runs).toEqual([]);
  });

  test('decides once, also when two decide at once', async () => {
    const { log, tool, resolve } = await openDesk();
    const { reviewId } = await tool(PAY, CALL);
    const settled = await Promise.allSettled([
      resolve(reviewId, 'approved', 'bob'),
      resolve(reviewId, 'rejected', 'carol'),
    ]);
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(resolve(reviewId)).rejects.toMatchObject({
      code: 'GOVERN_REVIEW_ALREADY_RESOLVED',
    });
    expect(await bodiesOf(log, 'review.resolved.v2')).toHaveLength(1);
  });

  test('decides about reviews that exist, and says so in words that are known', async () => {
    const { tool, resolve } = await openDesk();
    const { reviewId } = await tool(PAY, CALL);
    await expect(resolve('none')).rejects.toMatchObject({ code: 'GOVERN_REVIEW_UNKNOWN' });
    await expect(resolve(reviewId, 'maybe' as never)).rejects.toMatchObject({
      code: 'GOVERN_REVIEW_INVALID',
    });
    await expect(resolve(reviewId, 'approved', '')).rejects.toMatchObject({
      code: 'GOVERN_REVIEW_INVALID',
    });
  });

  test('is told when the decision could not be recorded', async () => {
    const faulty = createFaultyStore();
    const log = await openLog(faulty.store);
    const governor = createGovernor({ log, scope: constant('human_review') });
    const tool = govern((args: typeof PAY) => args.amount, { governor, name: 'pay' });
    const { reviewId } = (await tool(PAY, CALL)) as { reviewId: string };
    faulty.plan((n) => (n === 0 ? 'fail' : 'none'));
    const resolution = { reviewId, resolution: 'approved', reviewer: 'bob' } as const;
    await expect(resolveReview(log, resolution)).rejects.toMatchObject({
      code: 'GOVERN_REVIEW_NOT_RECORDED',
    });
    await resolveReview(log, resolution);
    expect((await getReview(log, reviewId))?.state).toBe('approved');
  });
});

test('lists reviews by state, tenant and project, with what the reviewer needs', async () => {
  const { log, tool, resolve } = await openDesk();
  const first = await tool(PAY, CALL);
  const second = await tool(PAY, { ...CALL, callId: 'call-2', project: 'sales' });
  await resolve(first.reviewId);
  const reviews = createReviews({ log, clock: () => Date.parse('2026-01-01T00:00:00Z') });
  expect(await reviews.list({ state: 'pending' })).toMatchObject([
    {
      reviewId: second.reviewId,
      tool: 'pay',
      callId: 'call-2',
      expiresAt: '2026-01-01T01:00:00.000Z',
    },
  ]);
  expect(await reviews.list({ project: 'support' })).toMatchObject([
    { state: 'approved', reviewer: 'bob' },
  ]);
  expect(await reviews.list({ tenant: 'other' })).toEqual([]);
  expect(await listReviews(log)).toHaveLength(2);
  const index = (await reviews.get(first.reviewId as string))!.index;
  const [binding] = await log.disclosures(index);
  expect(JSON.parse(Buffer.from(binding!.encoded, 'base64url').toString())).toMatchObject([
    expect.any(String),
    'binding',
    { tool: 'pay', args: PAY, actor: 'alice', outcome: 'human_review' satisfies Outcome },
  ]);
});

test('a review of a result approves no call', async () => {
  const log = await openLog();
  let before: Outcome = 'allow';
  const governor = createGovernor({
    log,
    scope: async () => decision(before),
    postflight: [{ name: 'after', control: async () => decision('human_review') }],
  });
  let runs = 0;
  const tool = govern(() => ++runs, { governor, name: 'tool' });
  const { reviewId } = (await tool(undefined, CALL)) as { reviewId: string };
  await resolveReview(log, { reviewId, resolution: 'approved', reviewer: 'bob' });
  before = 'human_review';
  expect(await tool(undefined, { ...CALL, callId: 'x', reviewId })).toMatchObject({
    reasonCode: 'review_mismatch',
  });
  expect(runs).toBe(1);
});
