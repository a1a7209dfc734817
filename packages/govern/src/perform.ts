import type { Stage } from '@spanforge/core-events/log';
import type { Action } from './action.js';
import { type Begun, beginCall } from './begin.js';
import { type Approval, redecided } from './drafts.js';
import { executeTool } from './execute.js';
import { finishCall } from './finish.js';
import { type Judgement, judge } from './judge.js';
import type { GovernedResult } from './result.js';
import { type Stop, settle } from './settle.js';
import { EVIDENCE_UNAVAILABLE, stopCall, unrecorded } from './stop.js';

function judgeCall(action: Action, stage: Stage): Promise<Judgement> | Judgement {
  const { setup, call, refusal, cause } = action;
  const questions = setup.before(call);
  if (refusal === undefined || call.mode === 'shadow') {
    const options = { recorder: stage, mode: call.mode, limitMs: setup.controlTimeoutMs };
    return judge(questions, options, call.signal);
  }
  const notAsked = questions.map(({ name }) => name);
  const judgement = { decision: refusal, ids: [], notAsked };
  return cause === undefined ? judgement : { ...judgement, cause };
}

async function stopOrAgain(
  action: Action,
  stage: Stage,
  stop: Stop,
  again: boolean,
): Promise<GovernedResult<unknown>> {
  const stopped = await stopCall(action, stage, stop);
  if (stopped !== 'asked_before') return stopped;
  // The same call, made at the same time, asked the person first: this time its request is found.
  return again ? perform(action, false) : unrecorded(action, stop.judgement, undefined);
}

async function runBegun(
  action: Action,
  begun: Begun,
  judgement: Judgement,
  approval: Approval | undefined,
): Promise<GovernedResult<unknown>> {
  const { setup, tool, call } = action;
  const { run } = tool;
  if (run === undefined) return unrecorded(action, judgement, undefined);
  const startedMs = setup.clock();
  const done = await executeTool(run, begun.given, {
    callId: call.callId,
    signal: call.signal,
    limitMs: tool.options.toolTimeoutMs ?? setup.toolTimeoutMs,
  });
  const durationMs = Math.max(0, setup.clock() - startedMs);
  return finishCall({ action, begun, judgement, approval, run: done, durationMs });
}

/** A shadow whose start could not be recorded runs the tool all the same. */
function shadowBegun(action: Action, { startedId }: { readonly startedId?: string }): Begun {
  const known = startedId === undefined ? {} : { startedId };
  return { kind: 'begun', ...known, given: action.args.value, receipts: [] };
}

async function performOn(
  action: Action,
  stage: Stage,
  again: boolean,
): Promise<GovernedResult<unknown>> {
  const settled = await settle(action, await judgeCall(action, stage));
  if (settled.kind === 'stop') return stopOrAgain(action, stage, settled, again);
  const { judgement, approval } = settled;
  const begun = await beginCall(action, stage, judgement, approval);
  if (begun.kind === 'begun') return runBegun(action, begun, judgement, approval);
  if (begun.kind === 'stop') return stopOrAgain(action, action.setup.log.stage(), begun, false);
  if (action.call.mode === 'enforce') return unrecorded(action, judgement, begun.cause);
  const shadowed = redecided(judgement, EVIDENCE_UNAVAILABLE, begun.cause);
  return runBegun(action, shadowBegun(action, begun), shadowed, undefined);
}

async function perform(action: Action, again: boolean): Promise<GovernedResult<unknown>> {
  const stage = action.setup.log.stage();
  try {
    return await performOn(action, stage, again);
  } catch (error) {
    // Whoever staged a record is told what became of it, also when an id maker or a clock throws.
    stage.discard(error);
    throw error;
  }
}

/**
 * One governed call, from the question to the answer: judged, begun on record, run, judged again,
 * ended on record.
 */
export function performCall(action: Action): Promise<GovernedResult<unknown>> {
  return perform(action, true);
}
