import type { Receipt, RecordDraft } from '@spanforge/core-events';
import type { Stage } from '@spanforge/core-events/log';
import { type Action, blocked, reportOf } from './action.js';
import type { Begun } from './begin.js';
import { commitStage } from './commit.js';
import { type Conclusion, concludeResult, concludeWithout, type RanCall } from './conclude.js';
import { type Approval, endedDraft, redecided } from './drafts.js';
import { GovernError } from './error.js';
import type { Run } from './execute.js';
import { joinLists } from './join-lists.js';
import type { Judgement } from './judge.js';
import { judgeResult, outputLabels } from './judge-result.js';
import { EVIDENCE_UNAVAILABLE } from './stop.js';

/** A call whose tool is done. */
export interface RunCall {
  readonly action: Action;
  readonly begun: Begun;
  readonly judgement: Judgement;
  readonly approval: Approval | undefined;
  readonly run: Run;
  readonly durationMs: number;
  /** Set where the result was a stream the caller has seen already. */
  readonly passed?: 'whole' | 'too_large';
}

const UNRECORDABLE = blocked('result_unrecordable', 'The result cannot be put on record.');

function draftsOf(
  call: RunCall,
  { judgement, ending, request }: Conclusion,
): readonly RecordDraft[] {
  const { action, begun, durationMs } = call;
  const { startedId } = begun;
  const ended = endedDraft(action, judgement, ending, { startedId, durationMs });
  return request ? [request, ended] : [ended];
}

/** The ending of a call whose result is too large, or otherwise cannot be put on record. */
function withoutResult(
  call: RunCall,
  judgement: Judgement,
  value: unknown,
  cause: unknown,
): Conclusion {
  if (call.action.call.mode === 'shadow') {
    const ending = { status: 'completed', executed: true } as const;
    return { judgement, ending, answer: (report) => ({ ...report, status: 'completed', value }) };
  }
  const decision = { ...UNRECORDABLE, obligations: judgement.decision.obligations };
  return {
    judgement: redecided(judgement, decision),
    ending: { status: 'withheld', executed: true },
    answer: (report) => ({ ...report, status: 'withheld', cause }),
  };
}

/** The ending of a stream that was longer than what is put on record of one. */
function passedWithout(judgement: Judgement, labels: readonly string[]): Conclusion {
  return {
    judgement,
    ending: { status: 'completed', executed: true, labels },
    answer: (report) => ({ ...report, status: 'completed', value: undefined }),
  };
}

async function stageEnding(call: RunCall, stage: Stage): Promise<Conclusion> {
  const { action, judgement, run, approval, passed } = call;
  if (run.status !== 'completed') {
    const conclusion = concludeWithout(action, judgement, run);
    await stage.append(draftsOf(call, conclusion));
    return conclusion;
  }
  const judged = await judgeResult(action, stage, judgement, run.value, passed !== undefined);
  if (passed === 'too_large') {
    const bare = passedWithout(judged.judgement, judged.labels);
    await stage.append(draftsOf(call, bare));
    return bare;
  }
  try {
    const conclusion = concludeResult(action, judged, approval, run.held);
    await stage.append(draftsOf(call, conclusion));
    return conclusion;
  } catch (cause) {
    const bare = withoutResult(call, judged.judgement, run.value, cause);
    await stage.append(draftsOf(call, bare));
    return bare;
  }
}

/** What let something pass the boundary is a fact, and has labels, for the calls that follow. */
function remember(
  { action, begun }: RunCall,
  { status, labels = [], value, released }: Partial<Conclusion['ending']>,
  receipts: readonly Receipt[],
): void {
  const { setup, call } = action;
  if (setup.traces === undefined || (status !== 'completed' && status !== 'failed')) return;
  const { callId, tool, context } = call;
  setup.traces.add(context, {
    callId,
    tool,
    kind: status === 'failed' ? 'error' : 'result',
    labels,
    args: begun.args,
    value: released ?? value,
    endedAt: receipts.at(-1)?.index,
  });
}

/** A shadow stands in nobody's way: what the tool did is answered, on record or not. */
function unrecordedShadow(ran: RunCall): RanCall {
  const { action, run, begun, judgement } = ran;
  const { executed } = run;
  const labels = [...new Set([...action.call.labels, ...outputLabels(action.tool)])];
  remember({ ...ran, begun: { ...begun, args: undefined } }, { status: run.status, labels }, []);
  const { receipts } = begun;
  const decision = { ...EVIDENCE_UNAVAILABLE, obligations: judgement.decision.obligations };
  const report = reportOf(action, decision, { executed, decisions: judgement.ids, receipts });
  if (run.status === 'completed') return { ...report, status: run.status, value: run.value };
  if (run.status === 'failed') return { ...report, status: run.status, error: run.error };
  return { ...report, status: run.status };
}

/** What is answered, or thrown, when an ending is not on record. */
export function unrecordedEnding(call: RunCall, cause: unknown): RanCall {
  const { action, run } = call;
  if (action.call.mode === 'shadow') return unrecordedShadow(call);
  const { tool, callId } = action.call;
  const { executed } = run;
  const what = executed ? 'the tool ran' : 'the tool was not run';
  const message = `${what}, and its ending is not on record`;
  const details = { tool, callId, executed };
  throw new GovernError('GOVERN_ENDING_NOT_RECORDED', message, { details, cause });
}

/**
 * Judges the result, puts the ending on record, and only then answers.
 *
 * @throws {GovernError} `GOVERN_ENDING_NOT_RECORDED`; `details.executed` says whether the tool ran.
 */
export async function finishCall(call: RunCall): Promise<RanCall> {
  const { action, begun } = call;
  const stage = begun.stage ?? action.setup.log.stage();
  try {
    const { judgement, ending, answer } = await stageEnding(call, stage);
    const committed = await commitStage(stage, {}, action.setup.commitTimeoutMs);
    if (committed.status !== 'stored') {
      throw committed.status === 'duplicate' ? undefined : committed.cause;
    }
    const { decision, ids: decisions } = judgement;
    const receipts = joinLists(begun.receipts, committed.receipts);
    remember(call, ending, committed.receipts);
    return answer(reportOf(action, decision, { executed: ending.executed, decisions, receipts }));
  } catch (cause) {
    stage.discard(cause);
    return unrecordedEnding(call, cause);
  }
}
