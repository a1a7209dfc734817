import { type Action, reportOf } from '../action.js';
import type { Begun } from '../begin.js';
import { commitStage } from '../commit.js';
import type { RanCall } from '../conclude.js';
import type { Run } from '../execute.js';
import { finishCall, type RunCall, unrecordedEnding } from '../finish.js';
import { redactionsFor } from '../redact.js';
import type { GovernedResult, StreamingCall } from '../result.js';
import { createCollector } from './collect.js';
import { asWebStream, type Cut, relayStream } from './relay.js';
import { openStream, type StreamKind } from './source.js';

/** A call whose tool answered with a stream that nobody has to judge. */
export type StreamedCall = Omit<RunCall, 'run' | 'durationMs'> & {
  readonly startedMs: number;
  readonly limitMs: number | undefined;
};

/** Whether a stream may be seen while it comes: nobody has a say about it, or its operator said so. */
export function passesThrough(
  { call, setup, tool }: Action,
  judgement: RunCall['judgement'],
): boolean {
  if (call.mode === 'shadow') return true;
  const { stream } = tool.options;
  const { obligations } = judgement.decision;
  if (stream === 'buffer' || redactionsFor(obligations, 'result').length > 0) return false;
  return stream === 'pass_through' || setup.after.length === 0;
}

/** When the caller gives up or the time is over; `clear` takes timer and listener away. */
function watch({ action, startedMs, limitMs }: StreamedCall): { cut: Cut; clear: () => void } {
  const { signal } = action.call;
  let clear = (): void => undefined;
  const cut: Cut = new Promise((resolve) => {
    const onAbort = (): void => resolve({ status: 'cancelled', executed: true });
    const passed = action.setup.clock() - startedMs;
    const left = limitMs === undefined ? undefined : Math.max(1, limitMs - Math.max(0, passed));
    const timer =
      left === undefined
        ? undefined
        : setTimeout(() => resolve({ status: 'timed_out', executed: true }), left);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    clear = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  });
  return { cut, clear };
}

/** A start that was only staged goes on record before anything is seen. */
async function commitStart(streamed: StreamedCall): Promise<Begun> {
  const { action, begun } = streamed;
  const { stage, ...rest } = begun;
  if (stage === undefined) return begun;
  const committed = await commitStage(stage, {}, action.setup.commitTimeoutMs);
  if (committed.status === 'stored') return { ...rest, receipts: committed.receipts };
  if (action.call.mode === 'shadow') return { ...rest, startedId: undefined };
  throw committed.status === 'duplicate' ? undefined : committed.cause;
}

/**
 * Hands on a stream while it comes, and ends its call when it ends.
 *
 * @throws {GovernError} `GOVERN_ENDING_NOT_RECORDED` when its start could not be put on record.
 */
export async function passStream(
  streamed: StreamedCall,
  value: unknown,
  kind: StreamKind,
): Promise<GovernedResult<unknown>> {
  const { action, judgement, startedMs } = streamed;
  const { setup } = action;
  const source = openStream(value, kind);
  let begun: Begun;
  try {
    begun = await commitStart(streamed);
  } catch (cause) {
    source.cancel();
    const run: Run = { status: 'cancelled', executed: true };
    return unrecordedEnding({ ...streamed, run, durationMs: 0 }, cause);
  }
  const { cut, clear } = watch(streamed);
  const kept = createCollector({ maxItems: setup.maxStreamItems, maxBytes: setup.maxStreamBytes });
  let whole = true;
  let settle: (ended: Promise<RanCall>) => void = () => undefined;
  const ended = new Promise<RanCall>((resolve) => {
    settle = resolve;
  });
  // Who does not look at it is not to be killed by it.
  ended.catch(() => undefined);
  const end = (run: Run): Promise<RanCall> => {
    clear();
    const passed: Run = run.status === 'completed' ? { ...run, value: kept.content() } : run;
    const durationMs = Math.max(0, setup.clock() - startedMs);
    const finished = finishCall({
      ...streamed,
      begun,
      run: passed,
      durationMs,
      passed: whole ? 'whole' : 'too_large',
    });
    settle(finished);
    return finished;
  };
  const pass = (part: unknown): void => {
    whole = kept.add(part) && whole;
  };
  const iterator = relayStream(source, cut, { pass, end });
  const { ids: decisions, decision } = judgement;
  const report = reportOf(action, decision, {
    executed: true,
    decisions,
    receipts: begun.receipts,
  });
  const answer: StreamingCall<unknown> = {
    ...report,
    status: 'streaming',
    value: kind === 'web' ? asWebStream(iterator) : iterator,
    ended,
  };
  return answer;
}
