import { type EvidenceRecord, type Outcome, strictest } from '@spanforge/core-events';
import {
  executionEndedV1,
  executionStartedV1,
  policyDecisionV1,
  reviewRequestedV1,
} from '@spanforge/core-events/records';
import { objectOf, outcomeIn, textOf, textsOf } from './body.js';
import { partsOf, type TraceParts } from './calls.js';
import { effectOf, isRedacted, serviceOf, type TraceOutcome } from './decisions.js';

function join(outcomes: Iterable<Outcome | undefined>): Outcome | undefined {
  let joined: Outcome | undefined;
  for (const outcome of outcomes) {
    if (outcome !== undefined) joined = joined === undefined ? outcome : strictest(joined, outcome);
  }
  return joined;
}

/** The strictest decision of live records, even if a person overruled it; simulated and replayed ones never count. */
export function strictestOf(records: readonly EvidenceRecord[]): TraceOutcome {
  if (records.length === 0) return 'no_evidence';
  return join(records.filter(({ mode }) => mode === 'live').map(effectOf)) ?? 'undecided';
}

/** The outcome of a call: with the approval it needed, what it was allowed to do. */
function settled(record: EvidenceRecord, reviewId: string | undefined, parts: TraceParts) {
  const outcome = outcomeIn(record);
  if (outcome !== 'human_review') return outcome;
  if (reviewId === undefined || !parts.approvals.has(reviewId)) return outcome;
  return isRedacted(record) ? 'redact' : 'allow';
}

/** The outcome of a held call or review; undefined when a later record has it. */
function waited(reviewId: string | undefined, parts: TraceParts): Outcome | undefined {
  if (reviewId === undefined) return 'human_review';
  if (parts.redeemed.has(reviewId)) return undefined;
  return parts.rejections.has(reviewId) ? 'block' : 'human_review';
}

function* ofCalls(parts: TraceParts): Generator<Outcome | undefined> {
  for (const { started, ended } of parts.calls) {
    const record = ended ?? started;
    if (!record) continue;
    const status = ended && textOf(ended.body, 'status');
    const reviewId =
      textOf(record.body, 'review_id') ?? (started && textOf(started.body, 'review_id'));
    const waits =
      status === 'held' || (status === 'withheld' && outcomeIn(record) === 'human_review');
    yield waits ? waited(reviewId, parts) : settled(record, reviewId, parts);
  }
}

/** Policy decisions that a service's own record already includes. */
function answersTo(records: readonly EvidenceRecord[]): ReadonlySet<string> {
  const answered = new Set<string>();
  const heard = new Set<string>();
  for (const record of [...records].reverse()) {
    if (record.type === policyDecisionV1.key) {
      const service = textOf(record.body, 'service') ?? '';
      if (heard.has(`${service}\n${record.policy?.digest}`)) answered.add(record.id);
      continue;
    }
    const service = serviceOf(record);
    const answer = objectOf(record.body, 'policy');
    if (service === undefined || !answer || outcomeIn(record) === undefined) continue;
    heard.add(`${service}\n${textOf(answer, 'digest')}`);
  }
  return answered;
}

/** Ids of the decisions behind calls and reviews; the records of those have the final outcome. */
export function decisionsUsed(records: readonly EvidenceRecord[]): ReadonlySet<string> {
  const users: ReadonlySet<string> = new Set([
    executionStartedV1.key,
    executionEndedV1.key,
    reviewRequestedV1.key,
  ]);
  return new Set(
    records.flatMap(({ type, body }) => (users.has(type) ? textsOf(body, 'decisions') : [])),
  );
}

/**
 * The outcome of a trace. A call that was held, then approved and executed, counts with what it was
 * allowed to do; a rejected call counts as `block`; a decision without call or review counts as it is.
 */
export function outcomeOf(records: readonly EvidenceRecord[]): TraceOutcome {
  if (records.length === 0) return 'no_evidence';
  const live = records.filter(({ mode }) => mode === 'live');
  const parts = partsOf(live);
  const used = decisionsUsed(live);
  const answered = answersTo(live);
  const calls: ReadonlySet<string> = new Set([executionStartedV1.key, executionEndedV1.key]);
  const others = live.map((record) => {
    if (calls.has(record.type) || used.has(record.id) || answered.has(record.id)) return undefined;
    if (record.type === reviewRequestedV1.key)
      return waited(textOf(record.body, 'review_id'), parts);
    return outcomeIn(record);
  });
  return join([...ofCalls(parts), ...others]) ?? 'undecided';
}
