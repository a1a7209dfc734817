import {
  type Awaitable,
  andThen,
  appendTo,
  type Receipt,
  type TimeLimit,
} from '@spanforge/core-events';
import {
  type JudgedResult,
  judgeResult,
  outputLabels,
  passResult,
  type ResultControls,
} from '../controls/result-controls.js';
import { GovernError } from '../error.js';
import { commitStage } from '../evidence/commit.js';
import { endedRecord } from '../evidence/records.js';
import { spanRecord } from '../evidence/span-record.js';
import { frozenReason, unrecordedDecision } from '../model/combined-decision.js';
import { joinLists } from '../model/join-lists.js';
import { type Approval, type DecidedCall, reportOf } from '../model/open-call.js';
import type { FinishedCall } from '../model/result.js';
import type { SpanOptions } from '../model/span.js';
import type { Traces } from '../trace/traces.js';
import {
  type CallEnding,
  type EndingParts,
  endPassedStream,
  endWithoutAnswer,
  endWithoutResult,
  endWithResult,
} from './ending.js';
import type { ToolRun } from './run-tool.js';
import type { StartedCall } from './start.js';

/** What ending a call needs. */
export interface EndParts extends EndingParts, ResultControls {
  readonly traces: Traces | undefined;
  readonly spans: SpanOptions | undefined;
  readonly commitLimit: TimeLimit;
}

/** A call whose tool has started, on record. */
export interface RunningCall {
  readonly decided: DecidedCall;
  readonly approval: Approval | undefined;
  readonly started: StartedCall;
}

/** A call whose tool is done. */
export interface RunCompleted extends RunningCall {
  readonly run: ToolRun;
  readonly durationMs: number;
  /** What the caller has seen of the result already: a stream may have been passed through. */
  readonly passed: 'nothing' | 'whole' | 'too_large';
}

/** The run of a tool that answered. */
type AnsweredRun = Extract<ToolRun, { kind: 'completed' | 'streamed' }>;

function stageRecords(
  spans: SpanOptions | undefined,
  ran: RunCompleted,
  ending: CallEnding,
): Awaitable<CallEnding> {
  const { decided, started, durationMs, run } = ran;
  const { stage, startedId } = started;
  const { combined, details, further } = ending;
  const ended = endedRecord(decided, combined, { startedId, durationMs, ...details });
  const value = run.kind === 'completed' || run.kind === 'streamed' ? run.value : undefined;
  const end = { kind: run.kind, durationMs, errorName: details.errorName, value };
  const span = spans && run.executed ? [spanRecord(decided, spans, end)] : [];
  return andThen(appendTo(stage, [...further, ...span, ended]), () => ending);
}

function stageJudged(
  parts: EndParts,
  ran: RunCompleted,
  run: AnsweredRun,
  judged: JudgedResult,
): Awaitable<CallEnding> {
  const { decided, approval, passed } = ran;
  const { spans } = parts;
  if (passed === 'too_large') return stageRecords(spans, ran, endPassedStream(judged));
  const withoutResult = (cause: unknown): Awaitable<CallEnding> =>
    stageRecords(spans, ran, endWithoutResult(decided, judged.combined, run.value, cause));
  try {
    const held = run.kind === 'streamed' ? run.held : undefined;
    const ending = endWithResult(parts, decided, judged, approval, held);
    const staging = stageRecords(spans, ran, ending);
    return staging instanceof Promise ? staging.catch(withoutResult) : staging;
  } catch (cause) {
    return withoutResult(cause);
  }
}

/** Judges the result and stages what is recorded of the ending. */
function stageEnding(parts: EndParts, ran: RunCompleted): Awaitable<CallEnding> {
  const { decided, started, run, passed } = ran;
  if (run.kind !== 'completed' && run.kind !== 'streamed') {
    return stageRecords(parts.spans, ran, endWithoutAnswer(parts, decided, run));
  }
  const judging =
    passed === 'nothing'
      ? judgeResult(parts, decided, run.value, started.stage)
      : passResult(parts, decided, run.value);
  return andThen(judging, (judged) => stageJudged(parts, ran, run, judged));
}

/** Keeps a released result, with its labels, as a fact for later calls. */
function remember(
  traces: Traces | undefined,
  { decided, started }: RunningCall,
  { status, labels = [], value, released }: Partial<CallEnding['details']>,
  receipts: readonly Receipt[],
): void {
  if (traces === undefined || (status !== 'completed' && status !== 'failed')) return;
  const { callId, tool, context } = decided.call;
  traces.add(context, {
    callId,
    tool,
    kind: status === 'failed' ? 'error' : 'result',
    labels,
    args: started.args,
    value: released ?? value,
    endedAt: receipts.at(-1)?.index,
  });
}

/** In shadow mode the caller gets the tool's answer even when its ending could not be recorded. */
function unrecordedShadow(
  traces: Traces | undefined,
  ran: RunCompleted,
  cause: unknown,
): FinishedCall {
  const { decided, run, started } = ran;
  const { call, combined, tool } = decided;
  const labels = [...new Set([...call.labels, ...outputLabels(tool)])];
  const { kind, executed } = run;
  const status = kind === 'streamed' ? 'completed' : kind;
  remember(traces, { ...ran, started: { ...started, args: undefined } }, { status, labels }, []);
  const { receipts } = started;
  const { obligations } = combined.decision;
  const decision = { ...unrecordedDecision(cause), obligations };
  const report = reportOf(decided, decision, { executed, decisions: combined.ids, receipts });
  switch (kind) {
    case 'completed':
    case 'streamed':
      return { ...report, status: 'completed', value: run.value };
    case 'failed':
      return { ...report, status: kind, error: run.error };
    default:
      return { ...report, status: kind };
  }
}

/** Answers (shadow) or throws (enforce) when an ending could not be recorded. */
export function answerUnrecorded(
  traces: Traces | undefined,
  ran: RunCompleted,
  cause: unknown,
): FinishedCall {
  const { call } = ran.decided;
  if (call.mode === 'shadow') return unrecordedShadow(traces, ran, cause);
  const { tool, callId } = call;
  const { executed } = ran.run;
  const what = executed ? 'the tool ran' : 'the tool was not run';
  const frozen = frozenReason(cause);
  const why = frozen === undefined ? '' : `: the evidence log is frozen (${frozen})`;
  const message = `${what}, and its ending is not on record${why}`;
  const details = { tool, callId, executed };
  throw new GovernError('GOVERN_ENDING_NOT_RECORDED', message, { details, cause });
}

/**
 * Judges the result and makes the ending durable (commit 2), and only then answers.
 *
 * @throws {GovernError} `GOVERN_ENDING_NOT_RECORDED`; `details.executed` says whether the tool ran.
 */
export async function endCall(parts: EndParts, ran: RunCompleted): Promise<FinishedCall> {
  const { decided, started } = ran;
  const { stage } = started;
  try {
    const staging = stageEnding(parts, ran);
    const { combined, details, resultOf } = staging instanceof Promise ? await staging : staging;
    const committed = await commitStage(stage, {}, parts.commitLimit);
    if (committed.kind !== 'stored') throw committed.cause;
    const { decision, ids: decisions } = combined;
    const receipts = joinLists(started.receipts, committed.receipts);
    remember(parts.traces, ran, details, committed.receipts);
    return resultOf(
      reportOf(decided, decision, { executed: details.executed, decisions, receipts }),
    );
  } catch (cause) {
    stage.discard(cause);
    return answerUnrecorded(parts.traces, ran, cause);
  }
}
