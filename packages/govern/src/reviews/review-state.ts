import {
  type EvidenceContext,
  type EvidenceRecord,
  foldIdentity,
  type Obligation,
} from '@spanforge/core-events';
import {
  type ReviewGrantedBody,
  type ReviewRequestedBody,
  reviewConsumedV1,
  reviewEscalatedV1,
  reviewGrantedV1,
  reviewRequestedV1,
  reviewResolvedV1,
  reviewResolvedV2,
  reviewRevokedV1,
  reviewSnoozedV1,
} from '@spanforge/core-events/records';
import { type RejectionScope, type ReviewVote, type Tally, tally } from './review-votes.js';

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

/** One step of an escalation chain that was taken. */
export interface ReviewEscalation {
  readonly step: number;
  readonly role: string;
  /** RFC 3339. */
  readonly at: string;
}

/** One review and everything recorded about it so far. */
export interface ReviewEntry {
  readonly index: number;
  readonly context: EvidenceContext;
  readonly requestedAt: string;
  readonly request: ReviewRequestedBody;
  readonly votes: ReviewVote[];
  readonly escalations: ReviewEscalation[];
  snoozedUntil?: string;
  revokedBy?: string;
  consumedBy?: string;
}

/** One grant and how it was used so far. */
export interface GrantEntry {
  readonly index: number;
  readonly context: EvidenceContext;
  readonly grantedAt: string;
  readonly grant: ReviewGrantedBody;
  readonly usedBy: string[];
  revokedBy?: string;
}

/** Every review in a log, by its id, and the first one of each call. */
export interface ReviewBook {
  readonly byId: Map<string, ReviewEntry>;
  readonly byCall: Map<string, string>;
  readonly grants: Map<string, GrantEntry>;
  /** Reviews with a rejection that goes further than its call. */
  readonly wideRejections: Set<ReviewEntry>;
}

/** A book with nothing in it. */
export function emptyBook(): ReviewBook {
  return { byId: new Map(), byCall: new Map(), grants: new Map(), wideRejections: new Set() };
}

/** Record types that make up the state of reviews. */
export const REVIEW_TYPES = [
  reviewRequestedV1.key,
  reviewEscalatedV1.key,
  reviewSnoozedV1.key,
  reviewResolvedV1.key,
  reviewResolvedV2.key,
  reviewGrantedV1.key,
  reviewRevokedV1.key,
  reviewConsumedV1.key,
];

/** A key that is unique to one call. */
export function callKey(context: Pick<EvidenceContext, 'tenant' | 'run'>, callId: string): string {
  return JSON.stringify([context.tenant, context.run, callId]);
}

function applyRequested(book: ReviewBook, record: EvidenceRecord): void {
  const request = reviewRequestedV1.fromWire(record.body);
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
  const grant = reviewGrantedV1.fromWire(record.body);
  if (book.grants.has(grant.reviewId) || book.byId.has(grant.reviewId)) return;
  const reviewed = book.byId.get(grant.fromReview);
  if (reviewed === undefined || !isGrantOf(reviewed, grant, record.context.tenant)) return;
  const { index, time } = record;
  const { context } = reviewed;
  book.grants.set(grant.reviewId, { index, context, grantedAt: time, grant, usedBy: [] });
}

function voteIn(record: EvidenceRecord): ReviewVote {
  const { index, time: at, body } = record;
  if (record.type === reviewResolvedV1.key) {
    const { reviewer, resolution, binding, note, expiresAt } = reviewResolvedV1.fromWire(body);
    const more = { ...(note === undefined ? {} : { note }), ...(expiresAt ? { expiresAt } : {}) };
    return { reviewer, resolution, at, index, approves: binding, ...more };
  }
  const vote = reviewResolvedV2.fromWire(body);
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
  const { step, role } = reviewEscalatedV1.fromWire(record.body);
  const asked = entry.request.escalation?.[step - 1];
  if (step !== entry.escalations.length + 1 || asked?.role !== role) return;
  if (tallyOf(entry).kind === 'open') entry.escalations.push({ step, role, at: record.time });
}

function applyToReview(book: ReviewBook, entry: ReviewEntry, record: EvidenceRecord): void {
  switch (record.type) {
    case reviewConsumedV1.key:
      entry.consumedBy ??= reviewConsumedV1.fromWire(record.body).callId;
      return;
    case reviewEscalatedV1.key:
      applyEscalated(entry, record);
      return;
    case reviewSnoozedV1.key:
      entry.snoozedUntil = reviewSnoozedV1.fromWire(record.body).until;
      return;
    case reviewRevokedV1.key:
      entry.revokedBy ??= reviewRevokedV1.fromWire(record.body).reviewer;
      return;
    default:
      applyVote(book, entry, record);
  }
}

function applyToGrant(entry: GrantEntry, record: EvidenceRecord): void {
  if (record.type === reviewConsumedV1.key) {
    entry.usedBy.push(reviewConsumedV1.fromWire(record.body).callId);
  }
  if (record.type === reviewRevokedV1.key) {
    entry.revokedBy ??= reviewRevokedV1.fromWire(record.body).reviewer;
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
    if (record.type === reviewRequestedV1.key) applyRequested(book, record);
    else if (record.type === reviewGrantedV1.key) applyGranted(book, record);
    else applyLater(book, record);
  } catch {
    // The log would have refused this payload. It grants nothing, so it can be ignored.
  }
}

/** True when this time has passed; an invalid time counts as passed. */
export function hasPassed(time: string | undefined, nowMs: number): boolean {
  return time !== undefined && !(Date.parse(time) > nowMs);
}

/** Counts the votes on a review. */
export function tallyOf({ votes, request, context }: ReviewEntry): Tally {
  // Nobody may approve their own call; checked here too, in case something else wrote the record.
  const own = votes.find(({ reviewer }) => isOwn(context, reviewer));
  return own ? { kind: 'rejected', by: own } : tally(votes, request.quorum ?? 1);
}

function stateOf(entry: ReviewEntry, nowMs: number): ReviewState {
  const { request, consumedBy, revokedBy } = entry;
  if (consumedBy !== undefined) return 'consumed';
  const result = tallyOf(entry);
  if (result.kind === 'rejected') return 'rejected';
  if (result.kind === 'approved' && revokedBy !== undefined) return 'rejected';
  if (hasPassed(request.expiresAt, nowMs)) return 'expired';
  if (result.kind === 'open') return 'pending';
  return result.counted.some(({ expiresAt }) => hasPassed(expiresAt, nowMs))
    ? 'expired'
    : 'approved';
}

function queueStateOf(state: ReviewState, escalated: boolean, edited: boolean): QueueState {
  if (state === 'pending') return escalated ? 'escalated' : 'requested';
  if (state === 'approved') return edited ? 'edited' : 'approved';
  return state === 'consumed' ? 'executed' : state;
}

/** True when the reviewer is the one who asked: the agent, or the principal it acts for. */
export function isOwn(context: EvidenceContext, reviewer: string): boolean {
  const id = foldIdentity(reviewer);
  return id === foldIdentity(context.actor) || id === foldIdentity(context.agent);
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
