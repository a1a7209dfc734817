import { isSamePerson } from '@spanforge/core-events';

/** How far a rejection goes: this call, these rules for the rest of the run, or this agent. */
export type RejectionScope = 'call' | 'rule' | 'agent';

/** One person's recorded decision about a review. */
export interface ReviewVote {
  readonly reviewer: string;
  readonly resolution: 'approved' | 'rejected';
  /** RFC 3339. */
  readonly at: string;
  /** Position of its record in the log; edited arguments are disclosed there. */
  readonly index: number;
  /** What is approved: the digest of the binding that was asked for, or of an edited one. */
  readonly approves: string;
  readonly note?: string;
  readonly scope?: RejectionScope;
  readonly rules?: readonly string[];
  /** RFC 3339. */
  readonly expiresAt?: string;
}

/** The result of counting votes. */
export type Tally =
  | { readonly kind: 'open'; readonly approvals: number }
  | { readonly kind: 'approved'; readonly counted: readonly ReviewVote[] }
  | { readonly kind: 'rejected'; readonly by: ReviewVote };

/**
 * Counts votes. One rejection decides. An approval counts only for the binding it approves: after an
 * edit of the arguments, people who approved another version have to approve again.
 */
export function tally(votes: readonly ReviewVote[], required: number): Tally {
  const by = votes.find(({ resolution }) => resolution === 'rejected');
  if (by) return { kind: 'rejected', by };
  const target = votes.at(-1)?.approves;
  const counted: ReviewVote[] = [];
  for (const vote of votes) {
    if (vote.approves !== target) continue;
    const at = counted.findIndex(({ reviewer }) => isSamePerson(reviewer, vote.reviewer));
    counted.splice(at < 0 ? counted.length : at, 1, vote);
  }
  if (votes.length > 0 && counted.length >= required) return { kind: 'approved', counted };
  return { kind: 'open', approvals: counted.length };
}

/** True when this person has already approved the current binding. */
export function hasApproved(votes: readonly ReviewVote[], reviewer: string): boolean {
  const target = votes.at(-1)?.approves;
  return votes.some((vote) => vote.approves === target && isSamePerson(vote.reviewer, reviewer));
}
