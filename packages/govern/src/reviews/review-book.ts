import { type EvidenceContext, isSamePerson } from '@spanforge/core-events';
import {
  REVIEW_RECORDS,
  type ReviewGrantedBody,
  type ReviewRequestedBody,
} from '@spanforge/core-events/records';
import { type ReviewVote, type Tally, tally } from './review-votes.js';

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
  /** It was seen to have expired: it stays so, whatever the clock says later. */
  lapsed?: true;
}

/** One grant and how it was used so far. */
export interface GrantEntry {
  readonly index: number;
  readonly context: EvidenceContext;
  readonly grantedAt: string;
  readonly grant: ReviewGrantedBody;
  readonly usedBy: string[];
  revokedBy?: string;
  /** As with a review. */
  lapsed?: true;
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
export const REVIEW_TYPES = Object.values(REVIEW_RECORDS).map(({ key }) => key);

/** A key that is unique to one call. */
export function callKey(context: Pick<EvidenceContext, 'tenant' | 'run'>, callId: string): string {
  return JSON.stringify([context.tenant, context.run, callId]);
}

/** Counts the votes on a review. */
export function tallyOf({ votes, request, context }: ReviewEntry): Tally {
  // Nobody may approve their own call; checked here too, in case something else wrote the record.
  const own = votes.find(({ reviewer }) => isOwn(context, reviewer));
  return own ? { kind: 'rejected', by: own } : tally(votes, request.quorum ?? 1);
}

/** True when the reviewer is the one who asked: the agent, or the principal it acts for. */
export function isOwn(context: EvidenceContext, reviewer: string): boolean {
  return isSamePerson(reviewer, context.actor) || isSamePerson(reviewer, context.agent);
}
