import type { EvidenceRecord } from '@spanforge/core-events';
import { REVIEW_RECORDS, type ReviewGrantedBody } from '@spanforge/core-events/records';
import {
  callKey,
  type GrantEntry,
  isOwn,
  type ReviewBook,
  type ReviewEntry,
  tallyOf,
} from './review-book.js';
import type { ReviewVote } from './review-votes.js';

const { requested, escalated, snoozed, resolvedV1, resolved, granted, revoked, consumed } =
  REVIEW_RECORDS;

function applyRequested(book: ReviewBook, record: EvidenceRecord): void {
  const request = requested.fromWire(record.body);
  if (book.byId.has(request.reviewId)) return;
  const { index, context, time } = record;
  const entry = { index, context, requestedAt: time, request, votes: [], escalations: [] };
  book.byId.set(request.reviewId, entry);
  const key = callKey(context, request.callId);
  if (!book.byCall.has(key)) book.byCall.set(key, request.reviewId);
}

/** True when a grant is no wider than its review. Checked here too, in case something else wrote the record. */
function isGrantOf(
  { request, context }: ReviewEntry,
  { tool, rules, reviewer }: ReviewGrantedBody,
  tenant: string,
): boolean {
  const asked = request.rules ?? [];
  return (
    context.tenant === tenant &&
    request.tool === tool &&
    (request.quorum ?? 1) === 1 &&
    rules.every((rule) => asked.includes(rule)) &&
    !isOwn(context, reviewer)
  );
}

function applyGranted(book: ReviewBook, record: EvidenceRecord): void {
  const grant = granted.fromWire(record.body);
  if (book.grants.has(grant.reviewId) || book.byId.has(grant.reviewId)) return;
  const reviewed = book.byId.get(grant.fromReview);
  if (reviewed === undefined || !isGrantOf(reviewed, grant, record.context.tenant)) return;
  const { index, time } = record;
  const { context } = reviewed;
  book.grants.set(grant.reviewId, { index, context, grantedAt: time, grant, usedBy: [] });
}

function voteIn(record: EvidenceRecord): ReviewVote {
  const { index, time: at, body } = record;
  if (record.type === resolvedV1.key) {
    const { reviewer, resolution, binding, note, expiresAt } = resolvedV1.fromWire(body);
    const more = { ...(note === undefined ? {} : { note }), ...(expiresAt ? { expiresAt } : {}) };
    return { reviewer, resolution, at, index, approves: binding, ...more };
  }
  const vote = resolved.fromWire(body);
  const { reviewer, resolution, binding, approves = binding, note, scope, rules, expiresAt } = vote;
  return {
    ...{ reviewer, resolution, at, index, approves },
    ...(note === undefined ? {} : { note }),
    ...(scope === undefined ? {} : { scope }),
    ...(rules === undefined ? {} : { rules }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

function applyVote(book: ReviewBook, entry: ReviewEntry, record: EvidenceRecord): void {
  if (tallyOf(entry).kind !== 'open') return;
  const vote = voteIn(record);
  entry.votes.push(vote);
  const wide = vote.scope === 'rule' || vote.scope === 'agent';
  if (vote.resolution === 'rejected' && wide) book.wideRejections.add(entry);
}

function applyEscalated(entry: ReviewEntry, record: EvidenceRecord): void {
  const { step, role } = escalated.fromWire(record.body);
  const asked = entry.request.escalation?.[step - 1];
  if (step !== entry.escalations.length + 1 || asked?.role !== role) return;
  if (tallyOf(entry).kind === 'open') entry.escalations.push({ step, role, at: record.time });
}

function applyToReview(book: ReviewBook, entry: ReviewEntry, record: EvidenceRecord): void {
  switch (record.type) {
    case consumed.key:
      entry.consumedBy ??= consumed.fromWire(record.body).callId;
      return;
    case escalated.key:
      applyEscalated(entry, record);
      return;
    case snoozed.key:
      entry.snoozedUntil = snoozed.fromWire(record.body).until;
      return;
    case revoked.key:
      entry.revokedBy ??= revoked.fromWire(record.body).reviewer;
      return;
    default:
      applyVote(book, entry, record);
  }
}

function applyToGrant(entry: GrantEntry, record: EvidenceRecord): void {
  if (record.type === consumed.key) {
    entry.usedBy.push(consumed.fromWire(record.body).callId);
  }
  if (record.type === revoked.key) {
    entry.revokedBy ??= revoked.fromWire(record.body).reviewer;
  }
}

/** Applies one record; ignores a record that belongs to no open review of its tenant. */
function applyLater(book: ReviewBook, record: EvidenceRecord): void {
  const id = String(record.body.review_id);
  const { tenant } = record.context;
  const entry = book.byId.get(id);
  if (entry?.context.tenant === tenant && entry.request.binding === record.body.binding) {
    applyToReview(book, entry, record);
    return;
  }
  const grant = book.grants.get(id);
  if (grant?.context.tenant === tenant && grant.grant.binding === record.body.binding) {
    applyToGrant(grant, record);
  }
}

/** Applies one record of {@link REVIEW_TYPES} in place; never throws. */
export function applyReviewRecord(book: ReviewBook, record: EvidenceRecord): void {
  try {
    if (record.type === requested.key) applyRequested(book, record);
    else if (record.type === granted.key) applyGranted(book, record);
    else applyLater(book, record);
  } catch {
    // The log would have refused this payload. It grants nothing, so it can be ignored.
  }
}
