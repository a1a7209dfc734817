import { createDiscloser, createTimeLimit, type EvidenceReader } from '@spanforge/core-events';
import { describe, expect, test } from 'vitest';
import { NO_OBJECTION } from '../model/combined-decision.js';
import type { DecidedCall } from '../model/open-call.js';
import type { Reviews } from '../reviews/reviews.js';
import type { ReviewGrant } from '../reviews/standing.js';
import { CONTEXT } from '../testing/fixtures.js';
import { redeemGrant } from './redeem-grant.js';
import type { RedeemParts } from './redemption.js';

const disclose = createDiscloser();
const EVIDENCE = { ...CONTEXT, source: 'test@1.0.0' };
const { tenant, project, env, run, agent, actor } = CONTEXT;
const WHERE = { tenant, project, env, run, agent, actor };

const CALL = {
  ...{ callId: 'call-1', tool: 'pay', resource: 'pay', action: 'write', effect: 'write' },
  ...{ mode: 'enforce', args: { amount: 5 }, context: EVIDENCE, labels: ['internal'], time: 0 },
};

const MASK = { kind: 'redact', target: 'result', path: 'card' } as const;
const NOTIFY = { kind: 'redact', target: 'args', path: 'note' } as const;

const DECIDED = {
  call: CALL,
  combined: {
    decision: { ...NO_OBJECTION, outcome: 'human_review', obligations: [MASK] },
    askedBy: ['refund'],
  },
} as unknown as DecidedCall;

const VALUE = { tool: 'pay', args: { amount: 5 }, bounds: [{ path: 'amount', max: 9 }], ...WHERE };

function aGrant(more: Partial<ReviewGrant> = {}, value: object = VALUE) {
  const disclosed = disclose('grant', value as never);
  const grant: ReviewGrant = {
    ...{ grantId: 'grant-1', state: 'in_force', fromReview: 'review-1', reviewer: 'bob' },
    ...{ tool: 'pay', context: EVIDENCE, rules: ['refund'], labels: ['internal', 'secret'] },
    ...{ roles: [], obligations: [], maxUses: 3, uses: 1, usedBy: ['other'] },
    ...{ grantedAt: '', expiresAt: '', binding: disclosed.digest, index: 7 },
    ...more,
  };
  return { grant, disclosed };
}

interface Situation {
  readonly grants?: readonly ReturnType<typeof aGrant>[];
  readonly call?: object;
  readonly parts?: Partial<Pick<RedeemParts, 'reviewers' | 'reviewDemand'>>;
  readonly erased?: boolean;
}

const redeem = ({ grants = [aGrant()], call = {}, parts = {}, erased = false }: Situation = {}) =>
  redeemGrant(
    {
      log: {
        disclosures: async (index: number) =>
          erased
            ? []
            : grants.filter(({ grant }) => grant.index === index).map((one) => one.disclosed),
      } as unknown as EvidenceReader,
      reviews: {} as Reviews,
      ...{ reviewers: undefined, reviewDemand: undefined, ids: () => 'new' },
      commitLimit: createTimeLimit(1000),
      ...parts,
    },
    { ...DECIDED, call: { ...CALL, ...call } } as unknown as DecidedCall,
    grants.map(({ grant }) => grant),
  );

describe('a grant', () => {
  test('lets a call run with the obligations of then and of now, and is used once more', async () => {
    const given = aGrant({ obligations: [NOTIFY] });
    expect(await redeem({ grants: [given] })).toEqual({
      kind: 'approved',
      decision: {
        outcome: 'human_review',
        obligations: [NOTIFY, MASK],
        reason: 'A reviewer approved calls like this one.',
        reasonCode: 'granted',
      },
      approval: { reviewId: 'grant-1', binding: given.disclosed.digest, use: 2 },
    });
  });

  test.each<[string, object]>([
    ['another tool', { tool: 'refund' }],
    ['an argument beyond its bounds', { args: { amount: 10 } }],
    ['an argument that no bound names', { args: { amount: 5, to: 'x' } }],
    ['a label that was not there', { labels: ['internal', 'untrusted'] }],
    ...Object.keys(WHERE).map((name): [string, object] => [
      `another ${name}`,
      { context: { ...EVIDENCE, [name]: 'other' } },
    ]),
  ])('does not cover %s', async (_what, call) => {
    expect(await redeem({ call })).toBeUndefined();
  });

  test('covers calls with fewer labels and within its bounds', async () => {
    for (const call of [{ labels: [] }, { args: { amount: 9 } }]) {
      expect(await redeem({ call })).toMatchObject({ kind: 'approved' });
    }
  });

  test('covers nothing once its bounds were erased, or are not what it was bound to', async () => {
    expect(await redeem({ erased: true })).toBeUndefined();
    const { grant } = aGrant();
    const wider = { ...VALUE, bounds: [{ path: 'amount', any: true }] };
    const forged = { grant, disclosed: aGrant({}, wider).disclosed };
    expect(await redeem({ grants: [forged] })).toBeUndefined();
    const named = { grant, disclosed: disclose('binding', VALUE) };
    const other = { ...named, grant: { ...grant, binding: named.disclosed.digest } };
    expect(await redeem({ grants: [other] })).toBeUndefined();
  });

  test('does not count where by now several people are asked for', async () => {
    const two = { reviewDemand: () => ({ quorum: 2 }) };
    expect(await redeem({ parts: two })).toBeUndefined();
    const one = { reviewDemand: () => ({ quorum: 1 }) };
    expect(await redeem({ parts: one })).toMatchObject({ kind: 'approved' });
  });

  test('counts while its reviewer has every role of then and of now', async () => {
    const asked: unknown[] = [];
    const held = (roles: readonly string[]) => ({
      reviewers: async (question: { roles: readonly string[] }) => {
        asked.push(question);
        const eligible = question.roles.every((role) => roles.includes(role));
        return { eligible, reasonCode: 'table', reason: '' };
      },
      reviewDemand: (of: unknown) => {
        expect(of).toMatchObject({ call: CALL, rules: ['refund'] });
        return { roles: ['chief'] };
      },
    });
    const grants = [aGrant({ roles: ['clerk'] })];
    expect(await redeem({ grants, parts: held(['clerk', 'chief']) })).toBeDefined();
    const question = { tenant, requester: actor, agent, reviewers: ['bob'], required: 1 };
    expect(asked).toEqual([
      { ...question, roles: ['clerk'] },
      { ...question, roles: ['chief'] },
    ]);
    for (const roles of [['clerk'], ['chief'], []]) {
      expect(await redeem({ grants, parts: held(roles) })).toBeUndefined();
    }
  });

  test('of the person who asks, or of the agent, is none', async () => {
    for (const reviewer of [actor, agent]) {
      expect(await redeem({ grants: [aGrant({ reviewer })] })).toBeUndefined();
    }
  });

  test('that does not cover the call leaves the next to be looked at', async () => {
    const narrow = aGrant({ index: 8 }, { ...VALUE, tool: 'refund' });
    const own = aGrant({ index: 9, reviewer: actor });
    const next = aGrant({ grantId: 'grant-2', index: 10 });
    const last = aGrant({ grantId: 'grant-3', index: 11 });
    expect(await redeem({ grants: [narrow, own, next, last] })).toMatchObject({
      approval: { reviewId: 'grant-2' },
    });
    expect(await redeem({ grants: [] })).toBeUndefined();
  });
});
