import { type EvidenceRecord, type Outcome, strictest } from '@spanforge/core-events';
import { policyDecisionV1, rbacV1, scopeV1 } from '@spanforge/core-events/records';
import { objectOf, objectsOf, textOf, textsOf } from './body.js';
import { authorityOf, partsOf, type RecordedCall, type TraceParts, wasRun } from './calls.js';
import { type ControlFinding, decisionIn } from './decisions.js';
import type { CompletenessCode, CompletenessFinding } from './finding.js';
import { findOddTimes } from './odd-times.js';

const VIOLATIONS: ReadonlySet<CompletenessCode> = new Set([
  'executed_not_authorised',
  'decision_reused',
  'decision_mismatch',
]);

/** Whether a finding says that something ran which should not have: the rest is to be looked at. */
export function isViolation({ code }: CompletenessFinding): boolean {
  return VIOLATIONS.has(code);
}

const PERMITS: ReadonlySet<Outcome> = new Set(['allow', 'allow+log', 'redact']);

/** A decision and the record that states it. */
interface Stated {
  readonly record: EvidenceRecord;
  readonly decision: ControlFinding;
}

type Decisions = ReadonlyMap<string, Stated>;

function unauthorised(
  call: RecordedCall,
  decisions: Decisions,
  approvals: TraceParts['approvals'],
): string | undefined {
  const record = call.started ?? call.ended;
  const ids = authorityOf(call);
  if (ids.length === 0) return 'rests on no decision';
  const found = ids.map((id) => decisions.get(id)?.decision);
  if (found.some((decision) => decision === undefined)) {
    return 'rests on a decision that is not in this trace';
  }
  if (record && textOf(record.body, 'mode') === 'shadow') return undefined;
  const outcome = found.reduce<Outcome>(
    (joined, decision) => strictest(joined, decision?.outcome ?? 'block'),
    'allow',
  );
  if (outcome === 'block') return 'ran although a control blocked it';
  const reviewId = record && textOf(record.body, 'review_id');
  if (outcome === 'human_review' && !(reviewId !== undefined && approvals.has(reviewId))) {
    return 'ran without the approval it needed';
  }
  return undefined;
}

function argsDigest({ body }: EvidenceRecord): string | undefined {
  const values = objectOf(body, 'values');
  return values && textOf(values, 'args');
}

const redactsArgs = ({ body }: EvidenceRecord): boolean =>
  objectsOf(body, 'obligations').some(({ kind, target }) => kind === 'redact' && target === 'args');

/** What a decision was about that the call resting on it is not. */
function mismatch(at: EvidenceRecord, tool: string, { record }: Stated): string | undefined {
  const decided = textOf(record.body, 'tool');
  if (decided !== undefined && decided !== tool) return `another tool, ${decided}`;
  if (record.context.agent !== at.context.agent) return 'another agent';
  if (record.context.actor !== at.context.actor) return 'another actor';
  const [then, now] = [argsDigest(record), argsDigest(at)];
  if (then === undefined || now === undefined || then === now || redactsArgs(at)) return undefined;
  return 'other arguments';
}

function* aboutCalls(
  { calls, approvals }: TraceParts,
  decisions: Decisions,
): Generator<CompletenessFinding> {
  const usedBy = new Map<string, RecordedCall>();
  for (const call of calls) {
    const at = call.started ?? call.ended;
    if (!at || !wasRun(call)) continue;
    const { index } = at;
    const named = `Call ${call.callId} of ${call.tool}`;
    const why = unauthorised(call, decisions, approvals);
    if (why !== undefined) {
      yield { code: 'executed_not_authorised', index, message: `${named} ${why}.` };
    }
    for (const id of new Set(authorityOf(call))) {
      const earlier = usedBy.get(id);
      if (earlier) {
        const message = `${named} rests on decision ${id}, which call ${earlier.callId} of ${earlier.tool} had used.`;
        yield { code: 'decision_reused', index, message };
      }
      usedBy.set(id, earlier ?? call);
      const stated = decisions.get(id);
      const other = stated && mismatch(at, call.tool, stated);
      if (other !== undefined) {
        const message = `${named} rests on decision ${id}, which was about ${other}.`;
        yield { code: 'decision_mismatch', index, message };
      }
    }
    if (!call.ended) {
      const message = `${named} started and no end is on record: whether it took effect is unknown.`;
      yield { code: 'started_not_ended', index, message };
    }
  }
}

/** Whether a permission was given for a call: what scores an answer permits no call. */
function isBeforeCall({ type, body }: EvidenceRecord): boolean {
  if (type === scopeV1.key || type === rbacV1.key) return true;
  return (
    type === policyDecisionV1.key &&
    textOf(body, 'service') === 'sf_govern' &&
    textOf(body, 'control') === 'tool_call'
  );
}

function statedIn(records: readonly EvidenceRecord[]): Decisions {
  const decisions = new Map<string, Stated>();
  for (const record of records) {
    const decision = record.mode === 'live' ? decisionIn(record) : undefined;
    if (decision) decisions.set(record.id, { record, decision });
  }
  return decisions;
}

/** Compares what was decided with what was done. Live records only; never throws. */
export function compareDecisionsAndCalls(
  records: readonly EvidenceRecord[],
): readonly CompletenessFinding[] {
  const parts = partsOf(records);
  const decisions = statedIn(records);
  const used = new Set(
    parts.calls.flatMap(({ started, ended }) =>
      [started, ended].flatMap((record) => (record ? textsOf(record.body, 'decisions') : [])),
    ),
  );
  const findings = [...aboutCalls(parts, decisions)];
  for (const [id, { record, decision }] of decisions) {
    const { control, outcome, index } = decision;
    if (used.has(id) || !PERMITS.has(outcome) || !isBeforeCall(record)) continue;
    const message = `${control} said ${outcome}, and no call on record rests on it.`;
    findings.push({ code: 'allowed_not_executed', index, message });
  }
  return findings.sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
}

/**
 * Everything that records say about their own completeness, in order of index; `whole` where they
 * are whole traces, so that what is not there can be missed.
 */
export function findInRecords(
  records: readonly EvidenceRecord[],
  whole: boolean,
): readonly CompletenessFinding[] {
  const message = 'The query selects parts of traces: decisions and calls are not compared.';
  const compared: readonly CompletenessFinding[] = whole
    ? compareDecisionsAndCalls(records)
    : [{ code: 'not_compared', message }];
  return [...compared, ...findOddTimes(records)];
}

/** Whether a decision of a service by itself, about something that is no call of this trace: nothing had to run. */
function isIdle(record: EvidenceRecord | undefined, tools: ReadonlySet<string>): boolean {
  if (record?.type !== scopeV1.key && record?.type !== rbacV1.key) return false;
  return !tools.has(textOf(record.body, 'resource') ?? '');
}

/**
 * The findings for a reader: without those that a permission was not used which a service gave when it
 * was asked by itself. Packages state these too, because their verifiers count every decision.
 */
export function findingsToShow(
  findings: readonly CompletenessFinding[],
  records: readonly EvidenceRecord[],
): readonly CompletenessFinding[] {
  const byIndex = new Map(records.map((record) => [record.index, record]));
  const tools = new Set(records.flatMap(({ body }) => textOf(body, 'tool') ?? []));
  return findings.filter(
    ({ code, index }) =>
      code !== 'allowed_not_executed' || !isIdle(byIndex.get(index ?? -1), tools),
  );
}
