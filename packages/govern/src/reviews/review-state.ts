import type { EvidenceContext, EvidenceRecord, Obligation } from '@spanforge/core-events';
import {
  type ReviewRequestedBody,
  type ReviewResolvedBody,
  reviewConsumedV1,
  reviewRequestedV1,
  reviewResolvedV1,
} from '@spanforge/core-events/records';

/** `expired`: nobody decided the review, or nobody used the approval, in time. */
export type ReviewState = 'pending' | 'approved' | 'rejected' | 'expired' | 'consumed';

/** One request for a person's decision, and where it stands. */
export interface Review {
  readonly reviewId: string;
  readonly state: ReviewState;
  readonly callId: string;
  readonly tool: string;
  /** The context of the call that asked; its `actor` and `agent` may not decide. */
  readonly context: EvidenceContext;
  readonly obligations: readonly Obligation[];
  readonly labels: readonly string[];
  readonly reason: string;
  readonly reasonCode: string;
  /** Digest of the disclosure `binding`: everything an approval is valid for. */
  readonly binding: string;
  /** Position of the request in the log; its disclosures are stored there. */
  readonly index: number;
  /** RFC 3339. */
  readonly requestedAt: string;
  /** RFC 3339. */
  readonly expiresAt?: string;
  readonly reviewer?: string;
  readonly note?: string;
  /** RFC 3339. */
  readonly resolvedAt?: string;
  /** The call that used the approval. */
  readonly consumedBy?: string;
  /** The labels an approval takes away, if that is what is asked. */
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

/** One review and everything recorded about it so far. */
export interface ReviewEntry {
  readonly index: number;
  readonly context: EvidenceContext;
  readonly requestedAt: string;
  readonly request: ReviewRequestedBody;
  resolved?: ReviewResolvedBody & { readonly at: string };
  consumedBy?: string;
}

/** Every review in a log, by its id, and the first one of each call. */
export interface ReviewBook {
  readonly byId: Map<string, ReviewEntry>;
  readonly byCall: Map<string, string>;
}

/** Record types that make up the state of reviews. */
export const REVIEW_TYPES = [reviewRequestedV1.key, reviewResolvedV1.key, reviewConsumedV1.key];

/** A key that is unique to one call. */
export function callKey(context: Pick<EvidenceContext, 'tenant' | 'run'>, callId: string): string {
  return JSON.stringify([context.tenant, context.run, callId]);
}

function applyRequested(book: ReviewBook, record: EvidenceRecord): void {
  const request = reviewRequestedV1.fromWire(record.body);
  if (book.byId.has(request.reviewId)) return;
  const { index, context, time } = record;
  book.byId.set(request.reviewId, { index, context, requestedAt: time, request });
  const key = callKey(context, request.callId);
  if (!book.byCall.has(key)) book.byCall.set(key, request.reviewId);
}

/** Applies one record; one that does not belong to an open review of its tenant changes nothing. */
function applyLater(book: ReviewBook, record: EvidenceRecord): void {
  const entry = book.byId.get(String(record.body.review_id));
  if (!entry || entry.context.tenant !== record.context.tenant) return;
  if (entry.request.binding !== record.body.binding) return;
  if (record.type === reviewConsumedV1.key) {
    entry.consumedBy ??= reviewConsumedV1.fromWire(record.body).callId;
  } else {
    entry.resolved ??= { ...reviewResolvedV1.fromWire(record.body), at: record.time };
  }
}

/** Applies one record of {@link REVIEW_TYPES} in place; never throws. */
export function applyReviewRecord(book: ReviewBook, record: EvidenceRecord): void {
  try {
    if (record.type === reviewRequestedV1.key) applyRequested(book, record);
    else applyLater(book, record);
  } catch {
    // A payload the log would have refused. It grants nothing, so leaving it out is safe.
  }
}

function hasPassed(time: string | undefined, nowMs: number): boolean {
  return time !== undefined && !(Date.parse(time) > nowMs);
}

function stateOf(
  { request, resolved, consumedBy, context }: ReviewEntry,
  nowMs: number,
): ReviewState {
  if (consumedBy !== undefined) return 'consumed';
  if (resolved?.resolution === 'rejected') return 'rejected';
  if (hasPassed(request.expiresAt, nowMs) || hasPassed(resolved?.expiresAt, nowMs))
    return 'expired';
  // Nobody approves their own call, whoever wrote the record.
  if (resolved && isOwn(context, resolved.reviewer)) return 'rejected';
  return resolved ? 'approved' : 'pending';
}

/** True when the reviewer is the one who asked. */
export function isOwn(context: EvidenceContext, reviewer: string): boolean {
  return reviewer === context.actor || reviewer === context.agent;
}

/** What a review takes away from the labels of a trace; nothing unless it is approved and in time. */
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

/** Where one review stands at a given time. */
export function readReview(entry: ReviewEntry, nowMs: number): Review {
  const { request, resolved, consumedBy, context, index, requestedAt } = entry;
  const { reviewId, callId, tool, binding, reason, reasonCode, expiresAt } = request;
  return {
    reviewId,
    state: stateOf(entry, nowMs),
    callId,
    tool,
    context,
    obligations: (request.obligations ?? []) as readonly Obligation[],
    labels: request.labels ?? [],
    reason,
    reasonCode,
    binding,
    index,
    requestedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(resolved ? { reviewer: resolved.reviewer, resolvedAt: resolved.at } : {}),
    ...(resolved?.note === undefined ? {} : { note: resolved.note }),
    ...(consumedBy === undefined ? {} : { consumedBy }),
    ...(request.declassify === undefined ? {} : { declassify: request.declassify }),
  };
}
