import {
  createDiscloser,
  createTimeLimit,
  type Disclosure,
  type EvidenceReader,
} from '@spanforge/core-events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bindingOf } from '../evidence/records.js';
import { NO_OBJECTION } from '../model/combined-decision.js';
import type { DecidedCall } from '../model/open-call.js';
import type { Review } from '../reviews/review-state.js';
import type { Reviews } from '../reviews/reviews.js';
import type { ReviewGrant, WideRejection } from '../reviews/standing.js';
import { CONTEXT } from '../testing/fixtures.js';
import { redeemApproval } from './redeem-approval.js';
import type { RedeemParts } from './redemption.js';

const disclose = createDiscloser();
const EVIDENCE = { ...CONTEXT, source: 'test@1.0.0' };

const DECIDED = {
  call: {
    callId: 'call-1',
    tool: 'pay',
    resource: 'pay',
    action: 'write',
    effect: 'write',
    mode: 'enforce',
    args: { amount: 5 },
    context: EVIDENCE,
    labels: [],
    time: 0,
  },
  args: { value: { amount: 5 }, described: { amount: 5 }, exact: true },
  reviewId: 'review-1',
  combined: {
    decision: { ...NO_OBJECTION, outcome: 'human_review' },
    ids: [],
    notAsked: [],
    askedBy: ['refund'],
    objections: [],
    policy: undefined,
    cause: undefined,
  },
} as unknown as DecidedCall;

const BINDING = disclose('binding', {
  ...bindingOf(DECIDED),
  obligations: [],
  outcome: 'human_review',
});

const EDITED = disclose('edited', { args: { amount: 3 }, why: 'less' });

const APPROVED: Review = {
  reviewId: 'review-1',
  state: 'approved',
  queueState: 'approved',
  rules: ['refund'],
  required: 1,
  roles: [],
  votes: [{ reviewer: 'bob', resolution: 'approved', at: '', index: 4, approves: BINDING.digest }],
  callId: 'call-1',
  tool: 'pay',
  context: EVIDENCE,
  obligations: [],
  labels: [],
  reason: 'A refund.',
  reasonCode: 'refund',
  binding: BINDING.digest,
  index: 3,
  requestedAt: '2026-01-01T00:00:00.000Z',
};

type Standing = Awaited<ReturnType<Reviews['standing']>>;

/** What the call, the evidence and the people are like; one approved review when nothing is said. */
interface Situation {
  readonly review?: Partial<Review> | 'none';
  readonly disclosures?: readonly Disclosure[];
  readonly standing?: Partial<Standing>;
  readonly decided?: Partial<DecidedCall>;
  readonly parts?: Partial<Pick<RedeemParts, 'reviewers' | 'reviewDemand' | 'commitLimit' | 'log'>>;
}

/** Redeems, and tells what the reviews were asked. */
async function redeemIn({ review = {}, disclosures = [BINDING], ...more }: Situation) {
  const asked: unknown[] = [];
  const found = review === 'none' ? undefined : { ...APPROVED, ...review };
  const log = {
    disclosures: async (index: number) => (index === APPROVED.index ? disclosures : [EDITED]),
  } as unknown as EvidenceReader;
  const answer =
    <Value>(name: string, value: Value) =>
    async (question: unknown): Promise<Value> => {
      asked.push([name, question]);
      return value;
    };
  const reviews = {
    get: answer('get', found),
    forCall: answer('forCall', found),
    standing: answer('standing', { rejection: undefined, grants: [], ...more.standing }),
  } as unknown as Reviews;
  const redeemed = await redeemApproval(
    {
      ...{ log, reviews, reviewers: undefined, reviewDemand: undefined },
      ...{ ids: () => 'new', commitLimit: createTimeLimit(1000), ...more.parts },
    },
    { ...DECIDED, ...more.decided },
  );
  return { redeemed, asked };
}

const redeemAs = async (situation: Situation) => (await redeemIn(situation)).redeemed;

const redeem = (review: Partial<Review> = {}, disclosures: readonly Disclosure[] = [BINDING]) =>
  redeemAs({ review, disclosures });

test('an approval of exactly this call counts', async () => {
  expect(await redeem()).toMatchObject({
    kind: 'approved',
    approval: { reviewId: 'review-1', binding: BINDING.digest },
  });
});

test.each<[string, Partial<Review>]>([
  ['by another call', { consumedBy: 'call-2' }],
  ['by another call of that id', { consumedBy: 'call-1', callId: 'call-2' }],
  ['by this call under the review of another', { consumedBy: 'call-2', callId: 'call-1' }],
  ['by nobody who is known', {}],
])('an approval that was consumed %s is refused', async (_by, review) => {
  expect(await redeem({ state: 'consumed', ...review })).toMatchObject({
    kind: 'refused',
    decision: { outcome: 'block', reasonCode: 'approval_consumed' },
  });
});

test('an approval that this very call consumed still counts', async () => {
  const consumed = { state: 'consumed', consumedBy: 'call-1', callId: 'call-1' } as const;
  expect((await redeem(consumed)).kind).toBe('approved');
});

test.each([
  ['rejected', 'review_rejected'],
  ['expired', 'review_expired'],
] as const)('a review that is %s is refused as %s', async (state, reasonCode) => {
  expect(await redeem({ state })).toMatchObject({ kind: 'refused', decision: { reasonCode } });
});

test('the review of another tenant is unknown', async () => {
  expect(await redeem({ context: { ...EVIDENCE, tenant: 'other' } })).toMatchObject({
    kind: 'refused',
    decision: { reasonCode: 'review_unknown' },
  });
});

test.each<[string, readonly Disclosure[]]>([
  ['is missing', []],
  ['has another digest', [{ ...BINDING, digest: 'x'.repeat(43) }]],
  [
    'is another value under the recorded digest',
    [{ ...disclose('binding', { ...bindingOf(DECIDED) }), digest: BINDING.digest }],
  ],
])('a binding that %s grants nothing', async (_what, disclosures) => {
  expect(await redeem({}, disclosures)).toMatchObject({
    kind: 'refused',
    decision: { outcome: 'block', reasonCode: 'evidence_unavailable' },
  });
});

test('a value that is no binding grants nothing, even if the request commits to it', async () => {
  const other = disclose('args', { ...bindingOf(DECIDED), obligations: [], outcome: 'block' });
  expect(await redeem({ binding: other.digest }, [other])).toMatchObject({
    kind: 'refused',
    decision: { reasonCode: 'evidence_unavailable' },
  });
});

test.each([
  ['arguments', { args: { amount: 6 } }],
  ['tool', { tool: 'delete' }],
  ['agent', { agent: 'other' }],
  ['actor', { actor: 'mallory' }],
  ['tenant', { tenant: 'other' }],
  ['labels', { labels: ['untrusted'] }],
])('an approval for other %s is refused', async (_what, change) => {
  const bound = { ...bindingOf(DECIDED), ...change, obligations: [], outcome: 'human_review' };
  const binding = disclose('binding', bound);
  expect(await redeem({ binding: binding.digest }, [binding])).toMatchObject({
    kind: 'refused',
    decision: { reasonCode: 'review_mismatch' },
  });
});

test("what was approved and what is decided now both bind, and the strictest word is today's", async () => {
  const then = [{ kind: 'notice', text: 'then' }] as const;
  const now = [{ kind: 'notice', text: 'now' }] as const;
  const decision = { ...DECIDED.combined.decision, obligations: now };
  const decided = { combined: { ...DECIDED.combined, decision } };
  expect(await redeemAs({ review: { obligations: then }, decided })).toEqual({
    kind: 'approved',
    decision: {
      outcome: 'human_review',
      obligations: [...then, ...now],
      reason: 'A reviewer approved this call.',
      reasonCode: 'approved',
    },
    approval: { reviewId: 'review-1', binding: BINDING.digest },
  });
});

describe('the review of a call', () => {
  const forCall = { reviewId: undefined } as const;

  test('is the one it names, or the one of the same call in the same run', async () => {
    const { asked } = await redeemIn({});
    expect(asked[0]).toEqual(['get', 'review-1']);
    expect((await redeemIn({ decided: forCall })).asked[0]).toEqual([
      'forCall',
      { tenant: 'acme', run: 'run-1', callId: 'call-1' },
    ]);
  });

  test('is unknown when the call names one that is not there, else still to be asked for', async () => {
    expect(await redeemAs({ review: 'none' })).toMatchObject({
      kind: 'refused',
      decision: { outcome: 'block', reasonCode: 'review_unknown' },
      reviewId: undefined,
    });
    expect(await redeemAs({ review: 'none', decided: forCall })).toEqual({ kind: 'not_requested' });
  });

  test('is pending only for exactly the call it is about', async () => {
    const pending = { state: 'pending' } as const;
    expect(await redeem(pending)).toEqual({ kind: 'pending', reviewId: 'review-1' });
    const other = disclose('binding', { ...bindingOf(DECIDED), tool: 'delete' });
    expect(await redeem({ ...pending, binding: other.digest }, [other])).toMatchObject({
      kind: 'refused',
      decision: { reasonCode: 'review_mismatch' },
    });
  });

  test('was taken back only where somebody rejected what was approved', async () => {
    const codes = await Promise.all(
      (['rejected', 'expired', 'consumed'] as const).map((state) =>
        redeem({ state, revokedBy: 'carol' }),
      ),
    );
    expect(codes).toMatchObject([
      { kind: 'refused', reviewId: 'review-1', decision: { reasonCode: 'approval_revoked' } },
      { kind: 'refused', reviewId: 'review-1', decision: { reasonCode: 'review_expired' } },
      { kind: 'refused', reviewId: 'review-1', decision: { reasonCode: 'approval_consumed' } },
    ]);
  });

  test.each(['rejected', 'expired'] as const)(
    'that is %s lets not even the call run that is said to have used it',
    async (state) => {
      expect(await redeem({ state, consumedBy: 'call-1' })).toMatchObject({ kind: 'refused' });
    },
  );

  test('is not read for arguments that cannot be bound', async () => {
    const { redeemed, asked } = await redeemIn({
      decided: { args: { ...DECIDED.args, exact: false } },
    });
    expect(redeemed).toMatchObject({
      kind: 'refused',
      decision: { outcome: 'block', reasonCode: 'args_not_bindable' },
    });
    expect(asked).toEqual([]);
  });

  test('is refused with the cause when it cannot be read, or not in time', async () => {
    const cause = new Error('disk');
    const failing = { disclosures: () => Promise.reject(cause) } as unknown as EvidenceReader;
    expect(await redeemAs({ parts: { log: failing } })).toMatchObject({
      kind: 'refused',
      decision: { outcome: 'block', reasonCode: 'evidence_unavailable' },
      reviewId: undefined,
      cause,
    });
    const hanging = { disclosures: () => new Promise(() => {}) } as unknown as EvidenceReader;
    const late = { log: hanging, commitLimit: createTimeLimit(1) };
    expect(await redeemAs({ parts: late })).toMatchObject({
      decision: { reasonCode: 'evidence_unavailable' },
      cause: { code: 'GOVERN_LOG_TIMED_OUT' },
    });
  });

  test('names what is not disclosed', async () => {
    expect(await redeem({}, [])).toMatchObject({
      cause: new TypeError('the binding of the review is not disclosed'),
    });
    const edited = { digest: BINDING.digest, index: 4 };
    expect(await redeem({ edited })).toMatchObject({
      cause: new TypeError('the edited of the review is not disclosed'),
    });
  });
});

describe('an approval of other arguments', () => {
  const edited = { digest: EDITED.digest, index: 4 };
  const withAmount = (amount: number): Partial<DecidedCall> => ({
    call: { ...DECIDED.call, args: { amount } },
  });

  test('gives the call that asked these arguments, whether or not it used it', async () => {
    const used = { state: 'consumed', consumedBy: 'call-1' } as const;
    for (const state of [{}, used]) {
      expect(await redeem({ edited, ...state })).toMatchObject({
        kind: 'edited',
        args: { amount: 3 },
        review: { reviewId: 'review-1' },
        approval: { reviewId: 'review-1', binding: BINDING.digest },
      });
    }
  });

  test('counts for a call with these, and for no third', async () => {
    const approved = await redeemAs({ review: { edited }, decided: withAmount(3) });
    expect(approved.kind).toBe('approved');
    expect(await redeemAs({ review: { edited }, decided: withAmount(4) })).toMatchObject({
      decision: { reasonCode: 'review_mismatch' },
    });
    expect(await redeemAs({ decided: withAmount(3) })).toMatchObject({
      decision: { reasonCode: 'review_mismatch' },
    });
  });
});

describe('who approved', () => {
  const other = 'x'.repeat(43);
  const vote = (reviewer: string, approves = BINDING.digest) =>
    ({ reviewer, resolution: 'approved', at: '', index: 4, approves }) as const;

  test('still has to be enough people, with every role of then and of now', async () => {
    const roles = fc.subarray(['clerk', 'lead', 'chief']);
    const votes = fc.array(
      fc.record({
        reviewer: fc.constantFrom('bob', 'carol', 'dave'),
        approves: fc.constantFrom(BINDING.digest, other),
      }),
      { maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          votes,
          roles,
          required: fc.integer({ min: 1, max: 3 }),
          quorum: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
          now: fc.option(roles, { nil: undefined }),
          escalatedTo: fc.option(fc.constantFrom('lead', 'chief'), { nil: undefined }),
          held: roles,
        }),
        async ({ votes, roles, required, quorum, now, escalatedTo, held }) => {
          const people = votes
            .filter(({ approves }) => approves === votes.at(-1)?.approves)
            .map(({ reviewer }) => reviewer);
          const needed = Math.max(required, quorum ?? 1);
          const nowNeeded = now?.length ? [[...now, ...(escalatedTo ? [escalatedTo] : [])]] : [];
          const expected = [roles, ...nowNeeded];
          const holds = (one: readonly string[]) =>
            one.length === 0 || one.some((role) => held.includes(role));
          const counts = new Set(people).size >= needed && expected.every(holds);

          const questions: unknown[] = [];
          const redeemed = await redeemAs({
            review: {
              ...{ votes: votes.map((one) => vote(one.reviewer, one.approves)), roles, required },
              ...(escalatedTo === undefined ? {} : { escalatedTo }),
            },
            parts: {
              reviewers: async (question) => {
                questions.push(question);
                return { eligible: holds(question.roles), reasonCode: 'table', reason: 'so it is' };
              },
              reviewDemand: ({ call, rules }) => {
                expect([call.callId, rules]).toEqual(['call-1', ['refund']]);
                return {
                  ...(quorum === undefined ? {} : { quorum }),
                  ...(now?.length ? { roles: now } : {}),
                };
              },
            },
          });
          expect(redeemed.kind).toBe(counts ? 'approved' : 'refused');
          if (counts) {
            const asked = { tenant: 'acme', requester: 'alice', agent: 'bot', reviewers: people };
            expect(questions).toEqual(
              expected.map((one) => ({ ...asked, required: needed, roles: one })),
            );
            return;
          }
          expect(redeemed).toMatchObject({
            decision: {
              outcome: 'block',
              reasonCode: 'reviewer_not_eligible',
              reason: expect.stringMatching(
                /^The approval does not count: (so it is|[0-3] of [1-3] approvals\.)$/,
              ),
            },
            reviewId: 'review-1',
          });
        },
      ),
    );
  });

  test('is not asked again about a call that has used the approval', async () => {
    const parts = { reviewers: () => Promise.reject(new Error('gone')) };
    const used = { state: 'consumed', consumedBy: 'call-1' } as const;
    expect((await redeemAs({ review: used, parts })).kind).toBe('approved');
    expect(await redeemAs({ parts })).toMatchObject({
      decision: { reasonCode: 'reviewer_not_eligible' },
    });
  });
});

describe('what stands beside the review', () => {
  const VALUE = { tool: 'pay', args: { amount: 5 }, bounds: [] };
  const given = disclose('grant', { ...VALUE, ...EVIDENCE });
  const grant = {
    ...{ grantId: 'grant-1', binding: given.digest, index: 3, uses: 2 },
    ...{ reviewer: 'bob', roles: [], labels: [], obligations: [] },
  } as unknown as ReviewGrant;
  const granted = { standing: { grants: [grant] }, disclosures: [BINDING, given] };
  const rejected = (scope: WideRejection['scope']) => ({
    standing: { rejection: { reviewId: 'review-9', scope, reviewer: 'carol' } },
  });

  test('is asked for by the call, its tool and the rules that ask', async () => {
    expect((await redeemIn({})).asked.at(-1)).toEqual([
      'standing',
      { context: EVIDENCE, tool: 'pay', rules: ['refund'] },
    ]);
  });

  test.each([
    ['rule', 'rule_rejected'],
    ['agent', 'agent_rejected'],
  ] as const)('a rejection of the %s stops whatever is approved', async (scope, reasonCode) => {
    for (const review of [{}, { state: 'pending' }, 'none'] as const) {
      const decided = { reviewId: undefined };
      expect(await redeemAs({ ...granted, ...rejected(scope), review, decided })).toMatchObject({
        kind: 'refused',
        reviewId: 'review-9',
        decision: { outcome: 'block', reasonCode },
      });
    }
  });

  test('a call that used its approval is told so, whatever was rejected since', async () => {
    const review = { state: 'consumed', consumedBy: 'call-1' } as const;
    expect((await redeemAs({ ...rejected('agent'), review })).kind).toBe('approved');
  });

  test('a grant lets run what nobody has decided about', async () => {
    const expected = {
      kind: 'approved',
      decision: { reasonCode: 'granted' },
      approval: { reviewId: 'grant-1', use: 3 },
    };
    expect(await redeemAs({ ...granted, review: { state: 'pending' } })).toMatchObject(expected);
    const decided = { reviewId: undefined };
    expect(await redeemAs({ ...granted, review: 'none', decided })).toMatchObject(expected);
  });

  test('a grant is not used where the call has an approval, nor against a refusal', async () => {
    expect(await redeemAs(granted)).toMatchObject({ approval: { reviewId: 'review-1' } });
    const edited = { digest: EDITED.digest, index: 4 };
    expect((await redeemAs({ ...granted, review: { edited } })).kind).toBe('edited');
    expect(await redeemAs({ ...granted, review: { state: 'rejected' } })).toMatchObject({
      decision: { reasonCode: 'review_rejected' },
    });
  });
});
