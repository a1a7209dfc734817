import type { Stage } from '@spanforge/core-events/log';
import type { Action } from './action.js';
import { type Begun, beginCall, type NotBegun } from './begin.js';
import { type Approval, redecided } from './drafts.js';
import { executeTool } from './execute.js';
import { finishCall } from './finish.js';
import { type Judgement, judge } from './judge.js';
import type { BlockedCall, GovernedResult } from './result.js';
import { type Stop, settle, settleReview } from './settle.js';
import { EVIDENCE_UNAVAILABLE, stopCall, unrecorded } from './stop.js';

function judgeCall(action: Action, stage: Stage): Promise<Judgement> | Judgement {
  const { setup, call, refusal, cause } = action;
  if (refusal === undefined || call.mode === 'shadow') {
    const asking = { call, recorder: stage, limitMs: setup.controlTimeoutMs };
    return judge(setup.before, asking, call.signal);
  }
  const notAsked = setup.before.map(({ name }) => name);
  return { decision: refusal, ids: [], notAsked, policy: undefined, cause };
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
  return again ? perform(() => action, false) : unrecorded(action, stop.judgement, undefined);
}

function runBegun(
  action: Action,
  begun: Begun,
  judgement: Judgement,
  approval: Approval | undefined,
): Promise<GovernedResult<unknown>> | BlockedCall {
  const { setup, tool, call } = action;
  if (tool.run === undefined) return unrecorded(action, judgement, undefined);
  const startedMs = setup.clock();
  const limitMs = tool.options.toolTimeoutMs ?? setup.toolTimeoutMs;
  const options = { callId: call.callId, signal: call.signal, limitMs };
  return executeTool(tool.run, begun.given, options).then((run) => {
    const durationMs = Math.max(0, setup.clock() - startedMs);
    return finishCall({ action, begun, judgement, approval, run, durationMs });
  });
}

/** Goes on without a start on record: a call is not run, a shadow runs all the same. */
function runUnbegun(
  action: Action,
  notBegun: Exclude<NotBegun, Stop>,
  judgement: Judgement,
): Promise<GovernedResult<unknown>> | BlockedCall {
  const { startedId, cause } = notBegun;
  if (action.call.mode === 'enforce') return unrecorded(action, judgement, cause);
  const shadowed = redecided(judgement, EVIDENCE_UNAVAILABLE, cause);
  const begun: Begun = { kind: 'begun', startedId, given: action.args.value, receipts: [] };
  return runBegun(action, begun, shadowed, undefined);
}

async function perform(open: () => Action, again: boolean): Promise<GovernedResult<unknown>> {
  const action = open();
  const stage = action.setup.log.stage();
  try {
    const judged = await judgeCall(action, stage);
    const said = settle(action, judged);
    const settled = said === 'review' ? await settleReview(action, judged) : said;
    if (settled.kind === 'stop') return await stopOrAgain(action, stage, settled, again);
    const { judgement, approval } = settled;
    const begun = await beginCall(action, stage, judgement, approval);
    if (begun.kind === 'begun') return await runBegun(action, begun, judgement, approval);
    if (begun.kind === 'unrecorded') return await runUnbegun(action, begun, judgement);
    return await stopOrAgain(action, action.setup.log.stage(), begun, false);
  } catch (error) {
    // Whoever staged a record is told what became of it, also when an id maker or a clock throws.
    stage.discard(error);
    throw error;
  }
}

/**
 * One governed call, from the question to the answer: judged, begun on record, run, judged again,
 * ended on record. Rejects when it cannot be opened.
 */
export function performCall(open: () => Action): Promise<GovernedResult<unknown>> {
  return perform(open, true);
}
