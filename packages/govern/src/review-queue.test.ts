import type { ReviewerCheck } from '@spanforge/core-events';
import { createMemoryStore, type EvidenceLog, openEvidenceLog } from '@spanforge/core-events/log';
import { reviewRequestedV1, reviewResolvedV1 } from '@spanforge/core-events/records';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CallContext,
  createGovernor,
  createReviews,
  type GovernorParts,
  govern,
  type Reviews,
} from './index.js';
import { isWithinGrant } from './reviews/grant-bounds.js';
import { tally } from './reviews/review-votes.js';
import { bodiesOf, CALL, decision, policyOf, recordsOf } from './testing/fixtures.js';

const PAY = { to: 'acme', amount: 500 };
const MINUTE_MS = 60_000;

const ROLES: Record<string, string[]> = { bob: ['reviewer'], carol: ['reviewer'], dan: ['admin'] };

/** Answers by the table above, as a role service would. */
const reviewers: ReviewerCheck = async ({ reviewers: people, roles }) => {
  const eligible = people.every(
    (id) => roles.length === 0 || ROLES[id]?.some((role) => roles.includes(role)),
  );
  return { eligible, reason: eligible ? 'ok' : 'not in the role', reasonCode: 'role' };
};

interface Desk {
  readonly log: EvidenceLog;
  readonly clock: () => number;
  readonly reviews: Reviews;
  readonly runs: { to?: string; amount: number }[];
  pay(args?: unknown, context?: Partial<CallContext>): Promise<Record<string, unknown>>;
  wait(ms: number): void;
}

/** Payments over 100 need a person by the rule `large`, over 10000 by `huge` too; over 50000 never. */
async function openDesk(parts: Partial<GovernorParts> = {}): Promise<Desk> {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const clock = (): number => now;
  const log = await openEvidenceLog({
    store: createMemoryStore(),
    origin: 'example.com/reviews',
    writer: 'test',
    hmac: false,
    clock,
  });
  const runs: { to?: string; amount: number }[] = [];
  const policy = policyOf(({ args, control }) => {
    if (control !== 'tool_call') return decision('allow');
    const { amount } = args as { amount: number };
    if (amount > 50_000) return decision('block');
    if (amount <= 100) return decision('allow');
    const rule = (ruleId: string) =>
      ({ ruleId, action: 'human_review', finding: 'triggered', reason: 'x' }) as const;
    const rules = amount > 10_000 ? [rule('large'), rule('huge')] : [rule('large')];
    return { ...decision('human_review'), rules };
  });
  const governor = createGovernor({ log, clock, policy, reviewers, facts: false, ...parts });
  const tool = govern(
    (args: { amount: number }) => {
      runs.push(args);
      return 'paid';
    },
    { governor, name: 'pay' },
  );
  return {
    log,
    clock,
    runs,
    reviews: createReviews({ log, clock, reviewers }),
    pay: (args = PAY, context = {}) =>
      tool(args as { amount: number }, { ...CALL, ...context }) as never,
    wait: (ms) => {
      now += ms;
    },
  };
}

const code = (name: string) => expect.objectContaining({ code: name });

async function hold({ pay }: Desk, args: unknown = PAY, context: Partial<CallContext> = {}) {
  const held = await pay(args, context);
  expect(held.status).toBe('held');
  return held.reviewId as string;
}

describe('a quorum', () => {
  const parts = { reviewDemand: () => ({ quorum: 2 }) };

  test('is distinct people, and the call runs when the last has approved', async () => {
    const desk = await openDesk(parts);
    const { reviews, pay, runs } = desk;
    const reviewId = await hold(desk);
    await reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob' });
    expect(await pay()).toMatchObject({ status: 'held' });
    for (const reviewer of ['bob', 'BOB', 'Ｂｏｂ']) {
      await expect(reviews.resolve({ reviewId, resolution: 'approved', reviewer })).rejects.toThrow(
        code('GOVERN_REVIEW_ALREADY_RESOLVED'),
      );
    }
    await reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'carol' });
    expect(await pay()).toMatchObject({ status: 'completed', reasonCode: 'approved' });
    expect(runs).toHaveLength(1);
    expect((await reviews.get(reviewId))?.queueState).toBe('executed');
    expect(await bodiesOf(desk.log, 'review.resolved.v2')).toMatchObject([
      { reviewer: 'bob', vote: 1, required: 2, decided: false },
      { reviewer: 'carol', vote: 2, required: 2, decided: true },
    ]);
  });

  test('is reached by approvals that come at once, and by no more than it takes', async () => {
    const desk = await openDesk(parts);
    const reviewId = await hold(desk);
    const all = await Promise.allSettled(
      ['bob', 'carol', 'dan', 'eve'].map((reviewer) =>
        desk.reviews.resolve({ reviewId, resolution: 'approved', reviewer }),
      ),
    );
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  test('fails with one rejection', async () => {
    const desk = await openDesk(parts);
    const reviewId = await hold(desk);
    await desk.reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob' });
    await desk.reviews.resolve({ reviewId, resolution: 'rejected', reviewer: 'carol' });
    expect(await desk.pay()).toMatchObject({ status: 'blocked', reasonCode: 'review_rejected' });
  });

  test('that has grown since is not met by the approvals of then', async () => {
    let quorum = 1;
    const desk = await openDesk({ reviewDemand: () => ({ quorum }) });
    const reviewId = await hold(desk);
    await desk.reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob' });
    quorum = 2;
    expect(await desk.pay()).toMatchObject({ reasonCode: 'reviewer_not_eligible' });
    expect(desk.runs).toEqual([]);
  });

  test('is not met by one decision as it was recorded before', async () => {
    const desk = await openDesk(parts);
    const reviewId = await hold(desk);
    const { context, binding } = (await desk.reviews.get(reviewId)) as never as {
      context: never;
      binding: string;
    };
    const body = reviewResolvedV1.toWire({
      reviewId,
      resolution: 'approved',
      reviewer: 'bob',
      binding,
    });
    await desk.log.append([{ type: reviewResolvedV1.key, context, body }]);
    expect(await desk.pay()).toMatchObject({ status: 'held' });
  });

  test('counts distinct approvals of the last version alone', () => {
    const vote = fc.record({
      reviewer: fc.constantFrom('a', 'A', 'b', 'c'),
      resolution: fc.constantFrom('approved' as const, 'rejected' as const),
      approves: fc.constantFrom('x', 'y'),
      at: fc.constant(''),
      index: fc.constant(0),
    });
    fc.assert(
      fc.property(fc.array(vote, { maxLength: 6 }), fc.integer({ min: 1, max: 3 }), (votes, n) => {
        const result = tally(votes, n);
        if (votes.some(({ resolution }) => resolution === 'rejected')) {
          expect(result.kind).toBe('rejected');
          return;
        }
        const target = votes.at(-1)?.approves;
        const people = new Set(
          votes.filter((one) => one.approves === target).map((one) => one.reviewer.toLowerCase()),
        );
        expect(result.kind).toBe(people.size >= n ? 'approved' : 'open');
      }),
    );
  });
});

describe('a role', () => {
  const chain = [{ afterMs: 30 * MINUTE_MS, role: 'admin' }];
  const parts = { reviewDemand: () => ({ roles: ['reviewer'], escalation: chain }) };

  test('is needed to decide, and still needed when the approval is used', async () => {
    const desk = await openDesk(parts);
    const { reviews, pay } = desk;
    const reviewId = await hold(desk);
    await expect(
      reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'dan' }),
    ).rejects.toThrow(code('GOVERN_REVIEWER_NOT_ELIGIBLE'));
    await reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob' });
    ROLES.bob = [];
    expect(await pay()).toMatchObject({ status: 'blocked', reasonCode: 'reviewer_not_eligible' });
    ROLES.bob = ['reviewer'];
    expect(await pay()).toMatchObject({ status: 'completed' });
    expect(desk.runs).toHaveLength(1);
  });

  test('that nobody can look up is held by nobody', async () => {
    const desk = await openDesk(parts);
    const reviewId = await hold(desk);
    const { log, clock } = desk;
    await expect(
      createReviews({ log, clock }).resolve({ reviewId, resolution: 'rejected', reviewer: 'bob' }),
    ).rejects.toThrow(code('GOVERN_REVIEWER_NOT_ELIGIBLE'));
  });

  test('is joined by the next one when nobody decided in time, once and on record', async () => {
    const desk = await openDesk(parts);
    const { reviews, wait } = desk;
    const reviewId = await hold(desk);
    expect(await reviews.escalate()).toEqual([]);
    wait(30 * MINUTE_MS);
    const both = await Promise.all([reviews.escalate(), reviews.escalate()]);
    expect(both.flat()).toEqual([{ reviewId, role: 'admin', step: 1 }]);
    expect(await reviews.get(reviewId)).toMatchObject({
      queueState: 'escalated',
      escalatedTo: 'admin',
      roles: ['reviewer', 'admin'],
    });
    await reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'dan' });
    expect(await desk.pay()).toMatchObject({ status: 'completed' });
    expect(await bodiesOf(desk.log, 'review.escalated')).toMatchObject([{ role: 'admin' }]);
  });

  test('is escalated by whoever decides after the time, if nothing else did', async () => {
    const desk = await openDesk(parts);
    const reviewId = await hold(desk);
    desk.wait(31 * MINUTE_MS);
    await desk.reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'dan' });
    expect((await desk.reviews.get(reviewId))?.state).toBe('approved');
  });

  test('is not given by a record of a step that the request does not have', async () => {
    const desk = await openDesk(parts);
    const reviewId = await hold(desk);
    const [{ context, body }] = (await recordsOf(desk.log)).filter(
      ({ type }) => type === reviewRequestedV1.key,
    ) as never as [{ context: never; body: { binding: string } }];
    const step = { review_id: reviewId, binding: body.binding, step: 1, after_ms: 0 };
    const forged = { ...step, role: 'anybody' };
    await desk.log.append([{ type: 'spanforge.review.escalated.v1', context, body: forged }]);
    expect((await desk.reviews.get(reviewId))?.roles).toEqual(['reviewer']);
  });
});

describe('an approval with other arguments', () => {
  const edit = { to: 'acme', amount: 200 };

  test('lets exactly those run, decided under the policy of now', async () => {
    const desk = await openDesk();
    const { reviews, pay, runs, log } = desk;
    const reviewId = await hold(desk);
    await reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob', args: edit });
    expect(await reviews.get(reviewId)).toMatchObject({ queueState: 'edited' });
    expect(await pay()).toMatchObject({ status: 'completed', reasonCode: 'approved_edited' });
    expect(runs).toEqual([edit]);
    expect(await pay()).toMatchObject({ status: 'blocked', reasonCode: 'already_started' });
    const records = await recordsOf(log);
    const started = records.filter(({ type }) => type === 'spanforge.execution.started.v1');
    expect(started).toHaveLength(1);
    const [{ decisions }] = started.map(({ body }) => body) as [{ decisions: string[] }];
    const asked = records.filter(({ id }) => decisions.includes(id));
    expect(asked).toHaveLength(1);
    expect(runs).toHaveLength(1);
  });

  test('blocks what the policy blocks', async () => {
    const desk = await openDesk();
    const reviewId = await hold(desk);
    const args = { to: 'acme', amount: 60_000 };
    await desk.reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob', args });
    expect(await desk.pay()).toMatchObject({ status: 'blocked', outcome: 'block' });
    expect(desk.runs).toEqual([]);
  });

  test('cannot get around what such a call asks for', async () => {
    const parts: Partial<GovernorParts> = {
      reviewDemand: ({ rules }) => (rules.includes('huge') ? { quorum: 2 } : {}),
    };
    const desk = await openDesk(parts);
    const reviewId = await hold(desk);
    const args = { to: 'acme', amount: 20_000 };
    await desk.reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob', args });
    expect(await desk.pay()).toMatchObject({ reasonCode: 'reviewer_not_eligible' });
    expect(desk.runs).toEqual([]);
  });

  test('is for the agent to make as well, and for nobody else', async () => {
    const desk = await openDesk();
    const reviewId = await hold(desk);
    await desk.reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob', args: edit });
    expect(await desk.pay({ to: 'acme', amount: 201 })).toMatchObject({
      reasonCode: 'review_mismatch',
    });
    expect(await desk.pay(edit)).toMatchObject({ status: 'completed', reasonCode: 'approved' });
    expect(desk.runs).toEqual([edit]);
  });

  test('begins the quorum anew, and the second reviewer says what they saw', async () => {
    const desk = await openDesk({ reviewDemand: () => ({ quorum: 2 }) });
    const { reviews } = desk;
    const reviewId = await hold(desk);
    const approve = (reviewer: string, more: object = {}) =>
      reviews.resolve({ reviewId, resolution: 'approved', reviewer, ...more });
    await approve('bob');
    await approve('carol', { args: edit });
    expect((await reviews.get(reviewId))?.state).toBe('pending');
    await expect(approve('bob')).rejects.toThrow(code('GOVERN_REVIEW_EDITED'));
    const approves = (await reviews.get(reviewId))?.votes.at(-1)?.approves;
    await approve('bob', { approves });
    expect(await desk.pay()).toMatchObject({ reasonCode: 'approved_edited' });
    expect(desk.runs).toEqual([edit]);
  });

  test('is none when they are the same', async () => {
    const desk = await openDesk();
    const reviewId = await hold(desk);
    const args = { amount: 500, to: 'acme' };
    await desk.reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob', args });
    expect((await desk.reviews.get(reviewId))?.queueState).toBe('approved');
  });
});

describe('a rejection', () => {
  test('of a rule stands for the run, and for no other rule or run', async () => {
    const desk = await openDesk();
    const { reviews, pay } = desk;
    const reviewId = await hold(desk);
    await reviews.resolve({ reviewId, resolution: 'rejected', reviewer: 'bob', scope: 'rule' });
    const other = { to: 'other', amount: 300 };
    expect(await pay(other, { callId: 'c2' })).toMatchObject({
      status: 'blocked',
      reasonCode: 'rule_rejected',
      reviewId,
    });
    expect(await pay({ to: 'x', amount: 5 }, { callId: 'c3' })).toMatchObject({
      status: 'completed',
    });
    expect((await pay(other, { callId: 'c2', run: 'run-2' })).status).toBe('held');
  });

  test('of an agent stands until it is lifted, and not for another agent', async () => {
    const desk = await openDesk();
    const { reviews, pay } = desk;
    const reviewId = await hold(desk);
    await reviews.resolve({ reviewId, resolution: 'rejected', reviewer: 'bob', scope: 'agent' });
    const next = { callId: 'c2', run: 'run-2' };
    expect(await pay(PAY, next)).toMatchObject({ reasonCode: 'agent_rejected' });
    expect((await pay(PAY, { ...next, agent: 'other' })).status).toBe('held');
    await expect(reviews.revoke({ reviewId, reviewer: 'alice' })).rejects.toThrow(
      code('GOVERN_REVIEW_SELF_APPROVAL'),
    );
    await reviews.revoke({ reviewId, reviewer: 'carol' });
    expect((await pay(PAY, { ...next, callId: 'c3' })).status).toBe('held');
  });

  test('of an agent stands as long as it was meant to', async () => {
    const desk = await openDesk();
    const reviewId = await hold(desk);
    const asked = { reviewId, resolution: 'rejected', reviewer: 'bob', scope: 'agent' } as const;
    await desk.reviews.resolve({ ...asked, ttlMs: MINUTE_MS });
    expect((await desk.pay(PAY, { callId: 'c2' })).reasonCode).toBe('agent_rejected');
    desk.wait(MINUTE_MS);
    expect((await desk.pay(PAY, { callId: 'c2' })).status).toBe('held');
  });
});

test('a snoozed review is still open, and expires as it would have', async () => {
  const desk = await openDesk({ reviewTtlMs: 10 * MINUTE_MS });
  const reviewId = await hold(desk);
  await desk.reviews.snooze({ reviewId, reviewer: 'bob', forMs: 60 * MINUTE_MS });
  expect(await desk.reviews.get(reviewId)).toMatchObject({
    state: 'pending',
    queueState: 'requested',
    snoozedUntil: '2026-01-01T01:00:00.000Z',
  });
  desk.wait(10 * MINUTE_MS);
  expect((await desk.reviews.get(reviewId))?.state).toBe('expired');
  await expect(desk.reviews.snooze({ reviewId, reviewer: 'bob', forMs: 1 })).rejects.toThrow(
    code('GOVERN_REVIEW_ALREADY_RESOLVED'),
  );
});

test('an approval can be taken back until it is used, and not after', async () => {
  const desk = await openDesk();
  const { reviews, pay } = desk;
  const first = await hold(desk);
  await reviews.resolve({ reviewId: first, resolution: 'approved', reviewer: 'bob' });
  await reviews.revoke({ reviewId: first, reviewer: 'carol' });
  expect(await pay()).toMatchObject({ status: 'blocked', reasonCode: 'approval_revoked' });
  const second = await hold(desk, PAY, { callId: 'c2' });
  await reviews.resolve({ reviewId: second, resolution: 'approved', reviewer: 'bob' });
  const [ran, taken] = await Promise.allSettled([
    pay(PAY, { callId: 'c2' }),
    reviews.revoke({ reviewId: second, reviewer: 'carol' }),
  ]);
  const executed = ran.status === 'fulfilled' && ran.value.executed === true;
  expect(executed).toBe(taken.status === 'rejected');
  if (!executed) expect(ran).toMatchObject({ value: { reasonCode: 'approval_revoked' } });
});

describe('a grant', () => {
  const bounds = [{ path: 'amount', max: 1000 }];
  const asked = { reviewer: 'bob', bounds, maxUses: 3, ttlMs: 10 * MINUTE_MS };
  const call = (n: number, amount = 600) => [{ to: 'acme', amount }, { callId: `g${n}` }] as const;

  test('lets calls within its bounds run, so many times, whoever comes at once', async () => {
    const desk = await openDesk();
    const { reviews, pay, runs } = desk;
    const reviewId = await hold(desk);
    const { grantId } = await reviews.grant({ ...asked, reviewId });
    const results = await Promise.all([1, 2, 3, 4, 5].map((n) => pay(...call(n))));
    const statuses = results.map(({ status }) => status).sort();
    expect(statuses).toEqual(['completed', 'completed', 'completed', 'held', 'held']);
    expect(runs).toHaveLength(3);
    expect(results.filter(({ reasonCode }) => reasonCode === 'granted')).toHaveLength(3);
    expect(await reviews.grants()).toMatchObject([
      { grantId, state: 'used_up', uses: 3, fromReview: reviewId },
    ]);
  });

  test('counts a call once, however often it is made', async () => {
    const desk = await openDesk();
    const reviewId = await hold(desk);
    await desk.reviews.grant({ ...asked, reviewId });
    await desk.pay(...call(1));
    expect((await desk.pay(...call(1))).reasonCode).toBe('already_started');
    expect(await desk.reviews.grants()).toMatchObject([{ uses: 1 }]);
  });

  test.each<[string, unknown, Partial<CallContext>]>([
    ['an amount over it', { to: 'acme', amount: 1001 }, {}],
    ['another receiver', { to: 'evil', amount: 500 }, {}],
    ['a member more', { to: 'acme', amount: 500, memo: 'x' }, {}],
    ['a member less', { amount: 500 }, {}],
    ['an amount that is text', { to: 'acme', amount: '500' }, {}],
    ['another run', PAY, { run: 'run-2' }],
    ['another person', PAY, { actor: 'mallory' }],
    ['another agent', PAY, { agent: 'other' }],
    ['another environment', PAY, { env: 'prod' }],
    ['another project', PAY, { project: 'other' }],
    ['a label more', PAY, { labels: ['untrusted'] }],
    ['another rule that asks', { to: 'acme', amount: 20_000 }, {}],
  ])('does not cover %s', async (_what, args, context) => {
    const desk = await openDesk();
    const reviewId = await hold(desk);
    const free = _what.startsWith('another rule')
      ? [{ path: 'amount', any: true as const }]
      : bounds;
    await desk.reviews.grant({ ...asked, bounds: free, reviewId });
    const result = await desk.pay(args, { callId: 'g1', ...context });
    expect(['held', 'blocked']).toContain(result.status);
    expect(desk.runs).toEqual([]);
  });

  test('opens nothing that the policy blocks', async () => {
    const desk = await openDesk();
    const reviewId = await hold(desk);
    const free = [{ path: 'amount', any: true as const }];
    await desk.reviews.grant({ ...asked, bounds: free, reviewId });
    expect(await desk.pay(...call(1, 60_000))).toMatchObject({ status: 'blocked' });
  });

  test('ends with its time, with its reviewer’s role, and when it is taken back', async () => {
    const desk = await openDesk({ reviewDemand: () => ({ roles: ['reviewer'] }) });
    const { reviews, pay, wait } = desk;
    const reviewId = await hold(desk);
    const { grantId } = await reviews.grant({ ...asked, reviewId });
    expect((await pay(...call(1))).status).toBe('completed');
    ROLES.bob = [];
    expect((await pay(...call(2))).status).toBe('held');
    ROLES.bob = ['reviewer'];
    await reviews.revoke({ reviewId: grantId, reviewer: 'carol' });
    expect((await pay(...call(3))).status).toBe('held');
    await reviews.grant({ ...asked, reviewId });
    expect((await pay(...call(4))).status).toBe('completed');
    wait(10 * MINUTE_MS);
    expect((await pay(...call(5))).status).toBe('held');
    expect((await reviews.grants()).map(({ state }) => state)).toEqual(['revoked', 'expired']);
  });

  test('is not given by who asked, where several decide, or for a rejected call', async () => {
    const desk = await openDesk();
    const reviewId = await hold(desk);
    await expect(desk.reviews.grant({ ...asked, reviewer: 'Alice', reviewId })).rejects.toThrow(
      code('GOVERN_REVIEW_SELF_APPROVAL'),
    );
    await desk.reviews.resolve({ reviewId, resolution: 'rejected', reviewer: 'bob' });
    await expect(desk.reviews.grant({ ...asked, reviewId })).rejects.toThrow(
      code('GOVERN_GRANT_REFUSED'),
    );
    const two = await openDesk({ reviewDemand: () => ({ quorum: 2 }) });
    const other = await hold(two);
    await expect(two.reviews.grant({ ...asked, reviewId: other })).rejects.toThrow(
      code('GOVERN_GRANT_REFUSED'),
    );
  });

  test('covers what it was given with, and without bounds nothing else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (reviewed, given) => {
        expect(isWithinGrant(reviewed, reviewed, [])).toBe(true);
        if (isWithinGrant(reviewed, given, [])) {
          expect(JSON.parse(JSON.stringify(given))).toEqual(JSON.parse(JSON.stringify(reviewed)));
        }
      }),
    );
  });
});

test('the statistics of a queue', async () => {
  const desk = await openDesk();
  const { reviews, wait } = desk;
  const at = async (n: number) => hold(desk, PAY, { callId: `s${n}` });
  const [quick, slow, open] = [await at(1), await at(2), await at(3)];
  wait(2000);
  await reviews.resolve({ reviewId: quick, resolution: 'approved', reviewer: 'bob' });
  wait(58_000);
  await reviews.resolve({ reviewId: slow, resolution: 'rejected', reviewer: 'bob' });
  expect(await reviews.statistics()).toEqual({
    total: 3,
    byState: {
      requested: 1,
      escalated: 0,
      approved: 1,
      edited: 0,
      rejected: 1,
      expired: 0,
      executed: 0,
    },
    oldestAgeMs: 60_000,
    medianAgeMs: 60_000,
    timeToDecisionP50Ms: 2000,
    timeToDecisionP95Ms: 60_000,
    decisions: 2,
    approvals: 1,
    quickApprovals: 1,
    quickApprovalShare: 1,
  });
  expect((await reviews.list({ state: 'pending' })).map(({ reviewId }) => reviewId)).toEqual([
    open,
  ]);
});

describe('a clock that is set back', () => {
  const soon = { resolution: 'approved', reviewer: 'bob', ttlMs: 1000 } as const;

  test('brings back no approval that was refused as expired', async () => {
    const desk = await openDesk();
    const reviewId = await hold(desk);
    desk.wait(10 * MINUTE_MS);
    await desk.reviews.resolve({ reviewId, ...soon });
    desk.wait(2000);
    expect(await desk.pay()).toMatchObject({ reasonCode: 'review_expired' });
    desk.wait(-1500);
    expect(await desk.pay()).toMatchObject({ reasonCode: 'review_expired' });
    expect(desk.runs).toEqual([]);
  });

  test('makes no approval count before it was given, in another process either', async () => {
    const desk = await openDesk();
    const reviewId = await hold(desk);
    desk.wait(60 * MINUTE_MS);
    await desk.reviews.resolve({ reviewId, ...soon });
    desk.wait(-30 * MINUTE_MS);
    const { log, clock } = desk;
    expect((await createReviews({ log, clock }).get(reviewId))?.state).toBe('expired');
    expect(await desk.pay()).toMatchObject({ reasonCode: 'review_expired' });
    expect(desk.runs).toEqual([]);
  });

  test('brings back no grant, and a difference of seconds between machines harms nothing', async () => {
    const desk = await openDesk();
    const reviewId = await hold(desk);
    const bounds = [{ path: 'amount', max: 600 }];
    const grant = { reviewId, reviewer: 'bob', bounds, maxUses: 3 };
    desk.wait(60 * MINUTE_MS);
    await desk.reviews.grant({ ...grant, ttlMs: MINUTE_MS });
    desk.wait(-10_000);
    expect(await desk.pay(PAY, { callId: 'g1' })).toMatchObject({ reasonCode: 'granted' });
    desk.wait(2 * MINUTE_MS);
    expect(await desk.pay(PAY, { callId: 'g2' })).toMatchObject({ status: 'held' });
    desk.wait(-2 * MINUTE_MS);
    expect(await desk.pay(PAY, { callId: 'g3' })).toMatchObject({ status: 'held' });
    desk.wait(-30 * MINUTE_MS);
    const { log, clock } = desk;
    const [seen] = await createReviews({ log, clock }).grants();
    expect(seen?.state).toBe('expired');
  });
});

test.each([{ reviewer: 'bob\ud800' }, { reviewer: 'bob', note: '\udc00' }])(
  'a decision that no record can hold is told so, not to be tried again: %j',
  async (what) => {
    const desk = await openDesk();
    const reviewId = await hold(desk);
    await expect(
      desk.reviews.resolve({ reviewId, resolution: 'approved', ...what }),
    ).rejects.toThrow(code('GOVERN_REVIEW_INVALID'));
  },
);
