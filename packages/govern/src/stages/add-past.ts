import { EventsError, type EvidenceReader, type TimeLimit } from '@spanforge/core-events';
import { withinLogLimit } from '../evidence/log-time-limit.js';
import type { GovernedCall } from '../model/call.js';
import { blockDecision } from '../model/combined-decision.js';
import type { CallLabelTracker } from '../model/labels.js';
import type { OpenCall } from '../model/open-call.js';
import type { ApprovedDeclassification } from '../reviews/review-state.js';
import type { Reviews } from '../reviews/reviews.js';
import { type CallLabels, labelCall, withoutLabels } from '../trace/labels.js';
import { factsOf, labelledCalls, type PastTrace } from '../trace/past-trace.js';
import type { Traces } from '../trace/traces.js';

/** What adding the past needs. */
export interface PastParts {
  readonly log: Pick<EvidenceReader, 'requireRecentIndex'>;
  /** Absent when no facts are kept. */
  readonly traces: Traces | undefined;
  readonly labels: CallLabelTracker | undefined;
  readonly reviews: Reviews;
  readonly commitLimit: TimeLimit;
}

const UNREADABLE = 'The earlier calls of this trace could not be read from the evidence';

/** Says what is wrong with the log's index, and what to do, as the log says it: it names a record, and no content. */
function unreadable(cause: unknown): CombinedBlock {
  const incomplete = EventsError.is(cause) && cause.code === 'EVENTS_INDEX_INCOMPLETE';
  const why = incomplete ? `: ${cause.message}` : '';
  return blockDecision('evidence_unavailable', `${UNREADABLE}${why}.`);
}

type CombinedBlock = ReturnType<typeof blockDecision>;

const NOT_LABELLED = blockDecision(
  'control_failed',
  'The labels of this call could not be determined.',
);

/** `calls` comes before the spread: V8 takes microseconds to add a missing member after it. */
const withCalls = (open: OpenCall, calls: NonNullable<GovernedCall['calls']>): OpenCall => ({
  ...open,
  call: open.call.calls ? { ...open.call, calls } : { calls, ...open.call },
});

const refused = (open: OpenCall, decision: CombinedBlock, cause: unknown): OpenCall => ({
  ...open,
  admissibility: { kind: 'inadmissible', decision, cause },
});

/** Approvals that take labels away from calls like this one; none when they cannot be read. */
async function findDeclassifications(
  { reviews, commitLimit }: PastParts,
  { context }: GovernedCall,
): Promise<readonly ApprovedDeclassification[]> {
  try {
    return await withinLogLimit(commitLimit, reviews.declassified(context));
  } catch {
    return [];
  }
}

async function declassify(
  parts: PastParts,
  open: OpenCall,
  { labels, via }: CallLabels,
): Promise<OpenCall> {
  let left = labels;
  const declassifiedBy: string[] = [];
  for (const approved of await findDeclassifications(parts, open.call)) {
    const without = withoutLabels(left, new Set(approved.labels));
    if (without.length < left.length) declassifiedBy.push(approved.reviewId);
    left = without;
  }
  return { ...open, call: { ...open.call, labels: left }, propagation: via, declassifiedBy };
}

function withPast(parts: PastParts, open: OpenCall, past: PastTrace): OpenCall | Promise<OpenCall> {
  const { labels: tracker } = parts;
  try {
    const calls = factsOf(past);
    const known = calls === undefined ? open : withCalls(open, calls);
    if (tracker === undefined && open.call.labels.length === 0) return known;
    const found = labelCall(tracker, known.call, tracker ? labelledCalls(past) : []);
    return found.labels.length === 0 ? known : declassify(parts, known, found);
  } catch (cause) {
    return refused(open, NOT_LABELLED, cause);
  }
}

function addKnownPast(parts: PastParts, open: OpenCall): OpenCall | Promise<OpenCall> {
  if (parts.traces === undefined) return open;
  const past = parts.traces.past(open.call.context);
  if (!(past instanceof Promise)) return withPast(parts, open, past);
  return past.then(
    (trace) => withPast(parts, open, trace),
    (cause: unknown) => refused(open, unreadable(cause), cause),
  );
}

/**
 * Adds the facts and labels of earlier calls in this run. If they cannot be read, or records of the log
 * cannot be found, the call is blocked. Synchronous when everything is in memory.
 */
export function addPast(parts: PastParts, open: OpenCall): OpenCall | Promise<OpenCall> {
  if (open.admissibility.kind === 'inadmissible') return open;
  const comparing = parts.log.requireRecentIndex?.();
  if (comparing === undefined) return addKnownPast(parts, open);
  return withinLogLimit(parts.commitLimit, comparing).then(
    () => addKnownPast(parts, open),
    (cause: unknown) => refused(open, unreadable(cause), cause),
  );
}
