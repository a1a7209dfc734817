import type { EvidenceContext, Obligation } from '@spanforge/core-events';
import { type ReviewEntry, tallyOf } from './review-book.js';
import type { RejectionScope, ReviewVote } from './review-votes.js';

/** `expired`: nobody decided the review, or nobody used the approval, in time. */
export type ReviewState = 'pending' | 'approved' | 'rejected' | 'expired' | 'consumed';

/**
 * Where a review stands in the queue of the people who decide: `escalated` is `requested` and open to
 * another role too, `edited` is approved with other arguments, `executed` means the approval was used.
 */
export type QueueState =
  | 'requested'
  | 'escalated'
  | 'approved'
  | 'edited'
  | 'rejected'
  | 'expired'
  | 'executed';

/** One request for a person's decision, and where it stands. */
export interface Review {
  readonly reviewId: string;
  readonly state: ReviewState;
  readonly queueState: QueueState;
  readonly callId: string;
  readonly tool: string;
  /** The context of the call that asked; its `actor` and `agent` may not decide. */
  readonly context: EvidenceContext;
  readonly obligations: readonly Obligation[];
  readonly labels: readonly string[];
  readonly reason: string;
  readonly reasonCode: string;
  /** The rules, or the controls, that asked for a person. */
  readonly rules: readonly string[];
  /** Digest of the disclosure `binding`: everything an approval is valid for. */
  readonly binding: string;
  /** Position of the request in the log; its disclosures are stored there. */
  readonly index: number;
  /** RFC 3339. */
  readonly requestedAt: string;
  /** RFC 3339. */
  readonly expiresAt?: string;
  /** Distinct people who have to approve. */
  readonly required: number;
  /** Who may decide: any one of these roles, those it was escalated to among them; else anybody. */
  readonly roles: readonly string[];
  /** Every decision on record, oldest first. */
  readonly votes: readonly ReviewVote[];
  /** The role it was escalated to last. */
  readonly escalatedTo?: string;
  /** RFC 3339. Somebody put it aside until then; it is still open, and expires as it would. */
  readonly snoozedUntil?: string;
  /** The last person who decided. */
  readonly reviewer?: string;
  readonly note?: string;
  /** RFC 3339. */
  readonly resolvedAt?: string;
  /** Digest of the edited binding, and the record it is disclosed with. */
  readonly edited?: { readonly digest: string; readonly index: number };
  /** How far the rejection goes. */
  readonly scope?: RejectionScope;
  /** Who took the approval, or the wide rejection, back. */
  readonly revokedBy?: string;
  /** The call that used the approval. */
  readonly consumedBy?: string;
  /** The labels an approval takes away, in a request for declassification. */
  readonly declassify?: { readonly labels: readonly string[]; readonly scope: 'run' | 'trace' };
}

/** An approval that takes labels away. */
export interface ApprovedDeclassification {
  readonly reviewId: string;
  readonly labels: readonly string[];
  readonly scope: 'run' | 'trace';
  /** Who asked, and where it applies. */
  readonly context: EvidenceContext;
  /** RFC 3339. */
  readonly expiresAt: string;
}

/** True when this time has passed; an invalid time counts as passed. */
export function hasPassed(time: string | undefined, nowMs: number): boolean {
  return time !== undefined && !(Date.parse(time) > nowMs);
}

/** How far the clocks of those who record and those who decide may differ. */
const CLOCK_SKEW_MS = 60_000;

/**
 * True when this was recorded later than the clock says it is: the clock was set back, so that it cannot
 * tell whether the time of an approval is over.
 */
export function isAhead(recordedAt: string, nowMs: number): boolean {
  return !(Date.parse(recordedAt) <= nowMs + CLOCK_SKEW_MS);
}

/** Notes that something has expired, so that a clock that is set back does not bring it back. */
export function hasLapsed(entry: { lapsed?: true }, expired: boolean): boolean {
  if (expired) entry.lapsed = true;
  return entry.lapsed === true;
}

function stateOf(entry: ReviewEntry, nowMs: number): ReviewState {
  const { request, consumedBy, revokedBy } = entry;
  if (consumedBy !== undefined) return 'consumed';
  const result = tallyOf(entry);
  if (result.kind === 'rejected') return 'rejected';
  if (result.kind === 'approved' && revokedBy !== undefined) return 'rejected';
  if (hasLapsed(entry, hasPassed(request.expiresAt, nowMs))) return 'expired';
  if (result.kind === 'open') return 'pending';
  const { counted } = result;
  if (
    hasLapsed(
      entry,
      counted.some(({ expiresAt }) => hasPassed(expiresAt, nowMs)),
    )
  ) {
    return 'expired';
  }
  return counted.some(({ at }) => isAhead(at, nowMs)) ? 'expired' : 'approved';
}

function queueStateOf(state: ReviewState, escalated: boolean, edited: boolean): QueueState {
  if (state === 'pending') return escalated ? 'escalated' : 'requested';
  if (state === 'approved') return edited ? 'edited' : 'approved';
  return state === 'consumed' ? 'executed' : state;
}

/** The labels an approved, unexpired review takes away in a trace; undefined otherwise. */
export function readDeclassification(
  entry: ReviewEntry,
  nowMs: number,
): ApprovedDeclassification | undefined {
  const { request, context } = entry;
  const { declassify, reviewId, expiresAt } = request;
  if (declassify === undefined || expiresAt === undefined) return undefined;
  if (stateOf(entry, nowMs) !== 'approved') return undefined;
  const { labels, scope } = declassify;
  return { reviewId, labels, scope, context, expiresAt };
}

/** The roles that may decide now, escalations included. */
function rolesOf({ request, escalations }: ReviewEntry): readonly string[] {
  if (request.roles === undefined || request.roles.length === 0) return [];
  return [...new Set([...request.roles, ...escalations.map(({ role }) => role)])];
}

function decisionOf(entry: ReviewEntry): Partial<Review> {
  const result = tallyOf(entry);
  if (result.kind === 'open') return {};
  const last = result.kind === 'approved' ? entry.votes.at(-1) : result.by;
  if (last === undefined) return {};
  const { reviewer, at: resolvedAt, note, scope, approves } = last;
  const changed = result.kind === 'approved' && approves !== entry.request.binding;
  const origin = changed && entry.votes.find((vote) => vote.approves === approves);
  return {
    reviewer,
    resolvedAt,
    ...(note === undefined ? {} : { note }),
    ...(result.kind === 'rejected' ? { scope: scope ?? 'call' } : {}),
    ...(origin ? { edited: { digest: approves, index: origin.index } } : {}),
  };
}

/** Where one review stands at a given time. */
export function readReview(entry: ReviewEntry, nowMs: number): Review {
  const { request, consumedBy, revokedBy, context, index, requestedAt, snoozedUntil } = entry;
  const { reviewId, callId, tool, binding, reason, reasonCode, expiresAt } = request;
  const decision = decisionOf(entry);
  const state = stateOf(entry, nowMs);
  const escalatedTo = entry.escalations.at(-1)?.role;
  return {
    reviewId,
    state,
    queueState: queueStateOf(state, escalatedTo !== undefined, decision.edited !== undefined),
    callId,
    tool,
    context,
    obligations: (request.obligations ?? []) as readonly Obligation[],
    labels: request.labels ?? [],
    reason,
    reasonCode,
    rules: request.rules ?? [],
    binding,
    index,
    requestedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    required: request.quorum ?? 1,
    roles: rolesOf(entry),
    votes: [...entry.votes],
    ...(escalatedTo === undefined ? {} : { escalatedTo }),
    ...(snoozedUntil === undefined ? {} : { snoozedUntil }),
    ...decision,
    ...(revokedBy === undefined ? {} : { revokedBy }),
    ...(consumedBy === undefined ? {} : { consumedBy }),
    ...(request.declassify === undefined ? {} : { declassify: request.declassify }),
  };
}
