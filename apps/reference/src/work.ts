import { createIds } from '@spanforge/core-events';
import { createReviews, type GovernedResult } from '@spanforge/govern';
import type { Ask } from './ask.js';
import type { Desk } from './desk.js';
import { SCRIPT, type Step, SUPERVISOR } from './script.js';
import type { Line } from './view.js';

/** How the script is worked through. */
export interface WorkOptions {
  readonly ask: Ask;
  readonly onLine: (line: Line) => void;
  /** Aborted when no further step is to be begun. */
  readonly signal: AbortSignal;
}

/** What was done; `finished` is false when somebody went away first. */
export interface Work {
  readonly lines: readonly Line[];
  readonly finished: boolean;
}

type Held = GovernedResult<unknown> & { readonly status: 'held' };

/** Lets the supervisor decide; undefined when nobody did, and the call stays held. */
async function review(desk: Desk, step: Step, held: Held, ask: Ask): Promise<Step | undefined> {
  const resolution = await ask(`      ${SUPERVISOR}: ${held.reason} Approve?`);
  if (resolution === undefined) return undefined;
  const { reviewId } = held;
  const note = 'read against the file';
  const reviews = createReviews({ log: desk.workspace.log });
  await reviews.resolve({ reviewId, resolution, reviewer: SUPERVISOR, note });
  return { ...step, story: `tries again: ${SUPERVISOR} ${resolution} it` };
}

/** Works through the script; each held call is decided by the supervisor and tried again. */
export async function work(desk: Desk, { ask, onLine, signal }: WorkOptions): Promise<Work> {
  const makeId = createIds();
  const lines: Line[] = [];
  const perform = async (step: Step, traceId: string, callId: string) => {
    const result = await desk.perform(step, traceId, callId);
    const line = { number: lines.length + 1, traceId, step, result };
    lines.push(line);
    onLine(line);
    return result;
  };
  for (const step of SCRIPT) {
    if (signal.aborted) return { lines, finished: false };
    const [traceId, callId] = [`claims-${makeId()}`, makeId()];
    const result = await perform(step, traceId, callId);
    if (result.status !== 'held') continue;
    const again = await review(desk, step, result, ask);
    if (!again) return { lines, finished: false };
    await perform(again, traceId, callId);
  }
  return { lines, finished: true };
}
