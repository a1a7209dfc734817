import type { Stage } from '@spanforge/core-events/log';
import type { Action } from './action.js';
import { type Begun, beginCall, type NotBegun } from './begin.js';
import { type Approval, redecided } from './drafts.js';
import { executeTool } from './execute.js';
import { finishCall } from './finish.js';
import { type Judgement, judge } from './judge.js';
import type { GovernObserver } from './metrics/observer.js';
import { prepare } from './past/prepare.js';
import { releaseWithheld } from './release.js';
import type { BlockedCall, GovernedResult } from './result.js';
import { type Stop, settle, settleReview } from './settle.js';
import { EVIDENCE_UNAVAILABLE, stopCall, unrecorded } from './stop.js';
import { passesThrough, passStream } from './stream/pass-through.js';
import { streamKind } from './stream/source.js';

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
  seen: Seen,
): Promise<GovernedResult<unknown>> {
  const stopped = await stopCall(action, stage, stop);
  if (stopped !== 'asked_before') return stopped;
  // The same call, made at the same time, asked the person first: this time its request is found.
  return again ? perform(() => action, false, seen) : unrecorded(action, stop.judgement, undefined);
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
  const passes = passesThrough(action, judgement);
  const { callId, signal, mode } = call;
  const hold = { maxItems: setup.maxStreamItems, maxBytes: setup.maxStreamBytes };
  const options = { callId, signal, limitMs, passes, hold: mode === 'shadow' ? undefined : hold };
  return executeTool(tool.run, begun.given, options).then((run) => {
    const ran = { action, begun, judgement, approval };
    const kind = passes && run.status === 'completed' ? streamKind(run.value) : undefined;
    // A generator that does not wait cannot wait for its ending either.
    if (run.status === 'completed' && kind !== undefined && kind !== 'sync') {
      return passStream({ ...ran, startedMs, limitMs }, run.value, kind);
    }
    const durationMs = Math.max(0, setup.clock() - startedMs);
    return finishCall({ ...ran, run, durationMs });
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

/** What an observer is told that a result does not say. */
interface Seen {
  action?: Action;
  evaluated: boolean;
}

async function perform(
  open: () => Action,
  again: boolean,
  seen: Seen,
): Promise<GovernedResult<unknown>> {
  const opened = open();
  const stage = opened.setup.log.stage();
  try {
    const preparing = prepare(opened);
    const known = preparing instanceof Promise ? await preparing : preparing;
    const judged = await judgeCall(known, stage);
    const decisionMs = Math.max(0, known.setup.clock() - known.call.time);
    const action: Action = { ...known, decisionMs };
    seen.action = action;
    seen.evaluated =
      action.refusal !== undefined || judged.notAsked.length < action.setup.before.length;
    const said = settle(action, judged);
    const settled = said === 'review' ? await settleReview(action, judged) : said;
    if (settled.kind === 'stop') return await stopOrAgain(action, stage, settled, again, seen);
    const { judgement, approval } = settled;
    const begun = await beginCall(action, stage, judgement, approval);
    if (begun.kind === 'begun') return await runBegun(action, begun, judgement, approval);
    if (begun.kind === 'unrecorded') return await runUnbegun(action, begun, judgement);
    const end = begun.before
      ? await releaseWithheld(action, judgement, begun.before, begun)
      : begun;
    if (!('kind' in end)) return end;
    return await stopOrAgain(action, action.setup.log.stage(), end, false, seen);
  } catch (error) {
    // Whoever staged a record is told what became of it, also when an id maker or a clock throws.
    stage.discard(error);
    throw error;
  }
}

function tell(
  observe: GovernObserver,
  { action, evaluated }: Seen,
  result: GovernedResult<unknown> | undefined,
): void {
  if (action === undefined) return;
  const { tool, effect, mode } = action.call;
  const {
    status = 'unrecorded',
    outcome = 'block',
    reasonCode = 'evidence_unavailable',
  } = result ?? {};
  const executed = result?.executed ?? true;
  const decisionMs = action.decisionMs ?? 0;
  const more = { outcome, reasonCode, executed, evaluated, decisionMs } as const;
  try {
    observe({ tool, effect, mode, status, ...more });
  } catch {
    // Whoever watches does not get in the way.
  }
}

/**
 * One governed call, from the question to the answer: judged, begun on record, run, judged again,
 * ended on record. Rejects when it cannot be opened.
 */
export function performCall(
  open: () => Action,
  observe: GovernObserver | undefined,
): Promise<GovernedResult<unknown>> {
  const seen: Seen = { evaluated: false };
  const performed = perform(open, true, seen);
  if (observe === undefined) return performed;
  return performed.then(
    (result) => {
      if (result.status !== 'streaming') tell(observe, seen, result);
      else {
        result.ended.then(
          (ended) => tell(observe, seen, ended),
          () => tell(observe, seen, undefined),
        );
      }
      return result;
    },
    (error: unknown) => {
      tell(observe, seen, undefined);
      throw error;
    },
  );
}
