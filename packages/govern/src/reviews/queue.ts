import type { QueueState, Review } from './review-state.js';

/** Approvals given within this time of the request count as quick: too fast to have been read. */
const QUICK_MS = 3000;

/** How a queue of reviews is doing. Times are milliseconds; absent where there is nothing to measure. */
export interface ReviewStatistics {
  readonly total: number;
  readonly byState: Readonly<Record<QueueState, number>>;
  /** How long undecided reviews have waited. */
  readonly oldestAgeMs?: number;
  readonly medianAgeMs?: number;
  /** How long decided reviews took, from the request to the deciding vote. */
  readonly timeToDecisionP50Ms?: number;
  readonly timeToDecisionP95Ms?: number;
  readonly decisions: number;
  readonly approvals: number;
  /** Approvals within three seconds of the request, and their share of all approvals. */
  readonly quickApprovals: number;
  readonly quickApprovalShare?: number;
}

const STATES: readonly QueueState[] = [
  'requested',
  'escalated',
  'approved',
  'edited',
  'rejected',
  'expired',
  'executed',
];

/** The nearest-rank quantile of sorted numbers; undefined of none. */
function quantile(sorted: readonly number[], share: number): number | undefined {
  if (sorted.length === 0) return undefined;
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

const ascending = (values: readonly number[]): readonly number[] =>
  [...values].sort((a, b) => a - b);

type Defined<Part> = { [Name in keyof Part]?: Exclude<Part[Name], undefined> };

const defined = <Part extends object>(part: Part): Defined<Part> =>
  Object.fromEntries(
    Object.entries(part).filter(([, value]) => value !== undefined),
  ) as Defined<Part>;

/**
 * Statistics of a queue: age of the waiting reviews, time to decision (nearest-rank quantiles), and
 * how many approvals came too quickly to have been read. Pure.
 *
 * @param nowMs Epoch milliseconds.
 */
export function reviewStatistics(reviews: readonly Review[], nowMs: number): ReviewStatistics {
  const byState = Object.fromEntries(STATES.map((state) => [state, 0])) as Record<
    QueueState,
    number
  >;
  for (const { queueState } of reviews) byState[queueState] += 1;
  const since = ({ requestedAt }: Review, ms: number): number =>
    Math.max(0, ms - Date.parse(requestedAt));
  const waiting = reviews.filter(({ state }) => state === 'pending');
  const ages = ascending(waiting.map((review) => since(review, nowMs)));
  const decided = reviews.flatMap((review) => {
    const { resolvedAt, votes } = review;
    if (resolvedAt === undefined) return [];
    const tookMs = since(review, Date.parse(resolvedAt));
    return [{ tookMs, approved: votes.every(({ resolution }) => resolution === 'approved') }];
  });
  const times = ascending(decided.map(({ tookMs }) => tookMs));
  const approved = decided.filter((one) => one.approved);
  const quickApprovals = approved.filter(({ tookMs }) => tookMs < QUICK_MS).length;
  return {
    total: reviews.length,
    byState,
    ...defined({ oldestAgeMs: ages.at(-1), medianAgeMs: quantile(ages, 0.5) }),
    ...defined({
      timeToDecisionP50Ms: quantile(times, 0.5),
      timeToDecisionP95Ms: quantile(times, 0.95),
    }),
    decisions: decided.length,
    approvals: approved.length,
    quickApprovals,
    ...(approved.length === 0 ? {} : { quickApprovalShare: quickApprovals / approved.length }),
  };
}
