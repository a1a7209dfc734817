import type { Awaitable } from '@spanforge/core-events';
import type { Stage } from '@spanforge/core-events/log';
import { observeCall } from './metrics/observe-call.js';
import type { CallContext } from './model/call.js';
import type { DecidedCall, OpenCall, RegisteredTool } from './model/open-call.js';
import { refuseRepeated } from './model/refusal-breaker.js';
import type { GovernedResult } from './model/result.js';
import type { Setup } from './setup.js';
import { addPast } from './stages/add-past.js';
import { chooseNextStep, decideCall, type NextStep } from './stages/decide.js';
import { decideEdited } from './stages/decide-edited.js';
import { openCall } from './stages/open-call.js';
import { type Refusal, refuseCall, unrecordedCall } from './stages/refuse.js';
import { releaseWithheld } from './stages/release-withheld.js';
import { runToEnd, runUnrecorded } from './stages/run-to-end.js';
import { type Start, startCall } from './stages/start.js';

const MAX_TRIES = 64;

/**
 * One governed call, from the question to the answer: open, decide, start (commit 1), run, judge
 * the result, end (commit 2). A call that will not run ends in a single commit.
 *
 * Rejects when the call cannot be opened, and with `GOVERN_ENDING_NOT_RECORDED`.
 */
export async function governCall(
  setup: Setup,
  tool: RegisteredTool,
  args: unknown,
  context: CallContext,
): Promise<GovernedResult<unknown>> {
  const open = refuseRepeated(setup.refusals, openCall(setup, tool, args, context));
  const stage = setup.log.stage();
  const decided = await decide(setup, open, stage);
  const result = carryOut(setup, open, decided, stage);
  return setup.observe ? observeCall(setup.observe, decided, result) : result;
}

async function decide(setup: Setup, open: OpenCall, stage: Stage): Promise<DecidedCall> {
  try {
    const adding = addPast(setup, open);
    const ready = adding instanceof Promise ? await adding : adding;
    return await decideCall(setup, ready, stage);
  } catch (error) {
    return discardAndThrow(stage, error);
  }
}

async function carryOut(
  setup: Setup,
  open: OpenCall,
  decided: DecidedCall,
  stage: Stage,
): Promise<GovernedResult<unknown>> {
  const first = await takeNextStep(setup, open, decided, stage);
  if (first.kind === 'answered') return first.result;
  // Another call asked the reviewer first, or the approval was used or revoked meanwhile. Decide
  // again: the second decision sees what was recorded.
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const next = setup.log.stage();
    const again = await decide(setup, open, next);
    const result = await takeNextStep(setup, open, again, next);
    if (result.kind === 'answered') return result.result;
  }
  return unrecordedCall(decided, decided.combined, undefined);
}

/** An answer, or the rest of a call that is under way: not waited for here, where all of the call is held. */
interface Answer {
  readonly kind: 'answered';
  readonly result: Awaitable<GovernedResult<unknown>>;
}

async function takeNextStep(
  setup: Setup,
  open: OpenCall,
  decided: DecidedCall,
  stage: Stage,
): Promise<Answer | Refusal> {
  try {
    const choosing = chooseNextStep(setup, decided);
    const chosen = choosing instanceof Promise ? await choosing : choosing;
    const next =
      chosen.kind === 'redecide'
        ? await decideEdited(setup, open, decided, chosen.edited, stage)
        : chosen;
    if (next.kind === 'run') return await startAndRun(setup, next, stage);
    if (next.kind === 'redecide') return { kind: 'asked_before' };
    return await refuseCall(setup, next.decided ?? decided, next.refused, stage);
  } catch (error) {
    return discardAndThrow(stage, error);
  }
}

async function startAndRun(
  setup: Setup,
  { decided, approval }: Extract<NextStep, { kind: 'run' }>,
  stage: Stage,
): Promise<Answer | Refusal> {
  const start: Start = await startCall(setup, decided, approval, stage);
  switch (start.kind) {
    case 'started':
      return answered(runToEnd(setup, { decided, approval, started: start }));
    case 'unrecorded':
      return answered(runUnrecorded(setup, decided, start));
    case 'refused':
      return refuseCall(setup, decided, start.refused, setup.log.stage());
    case 'use_taken':
      return { kind: 'asked_before' };
    case 'started_before': {
      const release = await releaseWithheld(setup, decided, start.earlier, start.refused);
      if (release.kind === 'released') return answered(release.result);
      return refuseCall(setup, decided, release.refused, setup.log.stage());
    }
  }
}

const answered = (result: Answer['result']): Answer => ({ kind: 'answered', result });

/** Discards the stage, so that controls waiting for a record of theirs get the error too. */
function discardAndThrow(stage: Stage, error: unknown): never {
  stage.discard(error);
  throw error;
}
