import { type Awaitable, andThen, promised } from '@spanforge/core-events';
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
  // Waited for in any case: who cancels right after the call still keeps its tool from running.
  const decided = await decide(setup, open, stage);
  const result = promised(() => carryOut(setup, open, decided, stage));
  return await (setup.observe ? observeCall(setup.observe, decided, result) : result);
}

/** Does a step of a call; where it fails, the stage is discarded with its error. */
function orDiscard<Value>(stage: Stage, step: () => Awaitable<Value>): Awaitable<Value> {
  const failed = (error: unknown): never => {
    // Controls waiting for a record of theirs get the error too.
    stage.discard(error);
    throw error;
  };
  try {
    const done = step();
    return done instanceof Promise ? done.catch(failed) : done;
  } catch (error) {
    return failed(error);
  }
}

const decide = (setup: Setup, open: OpenCall, stage: Stage): Awaitable<DecidedCall> =>
  orDiscard(stage, () => andThen(addPast(setup, open), (ready) => decideCall(setup, ready, stage)));

function carryOut(
  setup: Setup,
  open: OpenCall,
  decided: DecidedCall,
  stage: Stage,
): Awaitable<GovernedResult<unknown>> {
  return andThen(takeNextStep(setup, open, decided, stage), (first) =>
    first.kind === 'answered' ? first.result : carryOutAgain(setup, open, decided),
  );
}

/**
 * Another call asked the reviewer first, or the approval was used or revoked meanwhile. Decides again: the second
 * decision sees what was recorded.
 */
async function carryOutAgain(
  setup: Setup,
  open: OpenCall,
  decided: DecidedCall,
): Promise<GovernedResult<unknown>> {
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

function takeNextStep(
  setup: Setup,
  open: OpenCall,
  decided: DecidedCall,
  stage: Stage,
): Awaitable<Answer | Refusal> {
  return orDiscard(stage, () =>
    andThen(chooseNextStep(setup, decided), (chosen) =>
      chosen.kind === 'redecide'
        ? decideEdited(setup, open, decided, chosen.edited, stage).then((next) =>
            takeStep(setup, decided, next, stage),
          )
        : takeStep(setup, decided, chosen, stage),
    ),
  );
}

function takeStep(
  setup: Setup,
  decided: DecidedCall,
  next: NextStep,
  stage: Stage,
): Awaitable<Answer | Refusal> {
  if (next.kind === 'run') return startAndRun(setup, next, stage);
  if (next.kind === 'redecide') return { kind: 'asked_before' };
  return refuseCall(setup, next.decided ?? decided, next.refused, stage);
}

function startAndRun(
  setup: Setup,
  next: Extract<NextStep, { kind: 'run' }>,
  stage: Stage,
): Awaitable<Answer | Refusal> {
  const { decided, approval } = next;
  return andThen(startCall(setup, decided, approval, stage), (start) =>
    start.kind === 'started'
      ? answered(runToEnd(setup, { decided, approval, started: start }))
      : answerNotStarted(setup, decided, start),
  );
}

async function answerNotStarted(
  setup: Setup,
  decided: DecidedCall,
  start: Exclude<Start, { kind: 'started' }>,
): Promise<Answer | Refusal> {
  switch (start.kind) {
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
