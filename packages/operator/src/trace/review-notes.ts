import type { EvidenceRecord } from '@spanforge/core-events';
import { REVIEW_RECORDS } from '@spanforge/core-events/records';
import { numberOf, textOf, textsOf } from './body.js';

const { requested, escalated, snoozed, resolvedV1, resolved, granted, revoked, consumed } =
  REVIEW_RECORDS;

/** `edited`: approved with other arguments. `executed`: the approval was used by a call. */
export type ReviewStepKind =
  | 'requested'
  | 'escalated'
  | 'snoozed'
  | 'approved'
  | 'edited'
  | 'rejected'
  | 'revoked'
  | 'granted'
  | 'executed'
  | 'expired';

/** One thing that happened to a review. */
export interface ReviewStepNote {
  readonly step: ReviewStepKind;
  /** The record that says so; none says that time ran out. */
  readonly index?: number;
  /** RFC 3339. */
  readonly time: string;
  /** Who did it; for `requested` the actor of the call. */
  readonly by?: string;
  /** Such as the role it was escalated to, which vote of how many it is, or a note. */
  readonly detail?: string;
}

/** A review in a trace: what was asked, and everything that came of it so far. */
export interface ReviewNote {
  readonly reviewId: string;
  readonly callId: string;
  readonly tool: string;
  readonly reason: string;
  readonly rules: readonly string[];
  /** Distinct people who have to approve. */
  readonly required: number;
  /** Who approved, each once, in the order in which they did. */
  readonly approvedBy: readonly string[];
  /** Where it stands: the last step that changed that. */
  readonly state: ReviewStepKind;
  readonly steps: readonly ReviewStepNote[];
}

interface OpenReview extends Omit<ReviewNote, 'state' | 'steps' | 'approvedBy'> {
  readonly expiresAt: string | undefined;
  readonly steps: ReviewStepNote[];
  readonly approvedBy: string[];
  readonly binding: string;
  /** What is being approved: the binding, or an edited one. */
  approves: string;
  decided?: 'approved' | 'edited' | 'rejected';
  decidedUntil?: string;
  ended?: 'revoked' | 'executed';
}

function openReview({ body, context, index, time }: EvidenceRecord): OpenReview {
  const expiresAt = textOf(body, 'expires_at');
  return {
    reviewId: textOf(body, 'review_id') ?? '',
    callId: textOf(body, 'call_id') ?? '',
    tool: textOf(body, 'tool') ?? '',
    reason: textOf(body, 'reason') ?? '',
    rules: textsOf(body, 'rules'),
    required: numberOf(body, 'quorum') ?? 1,
    binding: textOf(body, 'binding') ?? '',
    approves: textOf(body, 'binding') ?? '',
    expiresAt,
    approvedBy: [],
    steps: [{ step: 'requested', index, time, by: context.actor }],
  };
}

type Step = Omit<ReviewStepNote, 'index' | 'time'>;

function detail(...parts: readonly (string | undefined)[]): { readonly detail?: string } {
  const said = parts.filter((part) => part !== undefined && part !== '');
  return said.length === 0 ? {} : { detail: said.join('; ') };
}

/** Whoever edits begins anew: earlier approvals were of something else. */
function approve(review: OpenReview, approves: string, by: string): void {
  if (review.approves !== approves) review.approvedBy.length = 0;
  review.approves = approves;
  if (!review.approvedBy.includes(by)) review.approvedBy.push(by);
}

function votedStep(review: OpenReview, { type, body }: EvidenceRecord): Step {
  const approved = textOf(body, 'resolution') === 'approved';
  const approves = textOf(body, 'approves') ?? review.binding;
  const step = approved ? (approves === review.binding ? 'approved' : 'edited') : 'rejected';
  const by = textOf(body, 'reviewer') ?? '';
  const decides = type === resolvedV1.key || body.decided === true;
  if (approved) approve(review, approves, by);
  if (decides) {
    review.decided = step;
    const until = textOf(body, 'expires_at');
    if (until !== undefined) review.decidedUntil = until;
  }
  const required = numberOf(body, 'required') ?? 1;
  const counted = required > 1 ? `${numberOf(body, 'vote') ?? 1} of ${required}` : undefined;
  const scope = textOf(body, 'scope');
  const wide = scope === undefined || scope === 'call' ? undefined : `for the ${scope}`;
  return { step, by, ...detail(counted, wide, textOf(body, 'note')) };
}

function stepOf(review: OpenReview, record: EvidenceRecord): Step | undefined {
  const { type, body, context } = record;
  const reviewer = textOf(body, 'reviewer') ?? '';
  switch (type) {
    case escalated.key:
      return { step: 'escalated', ...detail(`to ${textOf(body, 'role') ?? ''}`) };
    case snoozed.key:
      return { step: 'snoozed', by: reviewer, ...detail(`until ${textOf(body, 'until') ?? ''}`) };
    case resolvedV1.key:
    case resolved.key:
      return votedStep(review, record);
    case revoked.key:
      review.ended = 'revoked';
      return { step: 'revoked', by: reviewer, ...detail(textOf(body, 'note')) };
    case consumed.key:
      review.ended = 'executed';
      return { step: 'executed', by: context.agent, ...detail(`call ${textOf(body, 'call_id')}`) };
    default:
      return undefined;
  }
}

function grantStep({ body }: EvidenceRecord): Step {
  const uses = `${numberOf(body, 'max_uses') ?? 0} calls until ${textOf(body, 'expires_at') ?? ''}`;
  return { step: 'granted', by: textOf(body, 'reviewer') ?? '', ...detail(uses) };
}

/** When nobody decided, or nobody used the approval, in time; undefined where neither is so. */
function expiredAt(review: OpenReview, nowMs: number): string | undefined {
  if (review.ended !== undefined || review.decided === 'rejected') return undefined;
  const until = review.decidedUntil ?? review.expiresAt;
  return until !== undefined && Date.parse(until) <= nowMs ? until : undefined;
}

function finish(review: OpenReview, nowMs: number): ReviewNote {
  const { reviewId, callId, tool, reason, rules, required, approvedBy, steps } = review;
  const note = { reviewId, callId, tool, reason, rules, required, approvedBy };
  const time = expiredAt(review, nowMs);
  if (time !== undefined) {
    return { ...note, state: 'expired', steps: [...steps, { step: 'expired', time }] };
  }
  const escalated = steps.some(({ step }) => step === 'escalated');
  const open = escalated ? 'escalated' : 'requested';
  return { ...note, state: review.ended ?? review.decided ?? open, steps };
}

/** The reviews that live records of a trace ask for, and what came of each. */
export function reviewNotes(
  records: readonly EvidenceRecord[],
  nowMs: number,
): readonly ReviewNote[] {
  const reviews = new Map<string, OpenReview>();
  for (const record of records) {
    if (record.mode !== 'live') continue;
    const { type, body, index, time } = record;
    if (type === requested.key) {
      const review = openReview(record);
      reviews.set(review.reviewId, review);
      continue;
    }
    const grant = type === granted.key;
    const review = reviews.get(textOf(body, grant ? 'from_review' : 'review_id') ?? '');
    const step = review && (grant ? grantStep(record) : stepOf(review, record));
    if (review && step) review.steps.push({ ...step, index, time });
  }
  return [...reviews.values()].map((review) => finish(review, nowMs));
}
