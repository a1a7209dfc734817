import {
  createDiscloser,
  createTimeLimit,
  type Disclosure,
  type EvidenceReader,
} from '@spanforge/core-events';
import { expect, test } from 'vitest';
import { bindingOf } from '../evidence/records.js';
import { NO_OBJECTION } from '../model/combined-decision.js';
import type { DecidedCall } from '../model/open-call.js';
import type { Review } from '../reviews/review-state.js';
import type { Reviews } from '../reviews/reviews.js';
import { CONTEXT } from '../testing/fixtures.js';
import { redeemApproval } from './redeem-approval.js';

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

function redeem(review: Partial<Review> = {}, disclosures: readonly Disclosure[] = [BINDING]) {
  const found = { ...APPROVED, ...review };
  const log = { disclosures: async () => disclosures } as unknown as EvidenceReader;
  const standing = async () => ({ rejection: undefined, grants: [] });
  const reviews = {
    get: async () => found,
    forCall: async () => found,
    standing,
  } as unknown as Reviews;
  return redeemApproval(
    {
      ...{ log, reviews, reviewers: undefined, reviewDemand: undefined },
      ...{ ids: () => 'new', commitLimit: createTimeLimit(1000) },
    },
    DECIDED,
  );
}

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
