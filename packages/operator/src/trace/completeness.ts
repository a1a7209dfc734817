import { type EvidenceRecord, type Outcome, strictest } from '@spanforge/core-events';
import { textOf, textsOf } from './body.js';
import { authorityOf, type Call, partsOf, type TraceParts, wasRun } from './calls.js';
import { type ControlFinding, decisionIn } from './decisions.js';

/** Something the trace should say and does not. */
export interface CompletenessFinding {
  readonly code:
    | 'allowed_not_executed'
    | 'executed_not_authorised'
    | 'started_not_ended'
    | 'writer_hole'
    | 'writers_not_checked';
  /** The record it is about. */
  readonly index?: number;
  /** A sentence. */
  readonly message: string;
}

const PERMITS: ReadonlySet<Outcome> = new Set(['allow', 'allow+log', 'redact']);

function unauthorised(
  call: Call,
  decisions: ReadonlyMap<string, ControlFinding>,
  approvals: TraceParts['approvals'],
): string | undefined {
  const record = call.started ?? call.ended;
  const ids = authorityOf(call);
  if (ids.length === 0) return 'rests on no decision';
  const found = ids.map((id) => decisions.get(id));
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

function* aboutCalls(
  { calls, approvals }: TraceParts,
  decisions: ReadonlyMap<string, ControlFinding>,
): Generator<CompletenessFinding> {
  for (const call of calls) {
    const at = call.started ?? call.ended;
    if (!at || !wasRun(call)) continue;
    const why = unauthorised(call, decisions, approvals);
    if (why !== undefined) {
      const message = `Call ${call.callId} of ${call.tool} ${why}.`;
      yield { code: 'executed_not_authorised', index: at.index, message };
    }
    if (!call.ended) {
      const message = `Call ${call.callId} of ${call.tool} started and no end is on record: whether it took effect is unknown.`;
      yield { code: 'started_not_ended', index: at.index, message };
    }
  }
}

/** Compares what was decided with what was done. Live records only; never throws. */
export function compareDecisionsAndCalls(
  records: readonly EvidenceRecord[],
): readonly CompletenessFinding[] {
  const parts = partsOf(records);
  const decisions = new Map<string, ControlFinding>();
  for (const record of records) {
    const decision = record.mode === 'live' ? decisionIn(record) : undefined;
    if (decision) decisions.set(record.id, decision);
  }
  const used = new Set(
    parts.calls.flatMap(({ started, ended }) =>
      [started, ended].flatMap((record) => (record ? textsOf(record.body, 'decisions') : [])),
    ),
  );
  const findings = [...aboutCalls(parts, decisions)];
  for (const { id, index, control, outcome } of decisions.values()) {
    if (used.has(id) || !PERMITS.has(outcome)) continue;
    const message = `${control} said ${outcome}, and no call on record rests on it.`;
    findings.push({ code: 'allowed_not_executed', index, message });
  }
  return findings.sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
}
