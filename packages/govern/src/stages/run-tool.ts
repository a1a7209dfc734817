import { isThenable } from '../model/is-thenable.js';
import type { ToolContext } from '../model/options.js';
import { drainStream, type HeldStream, type StreamLimits } from '../stream/collect.js';
import { openStream, type StreamSource, streamKind } from '../stream/source.js';

/** How the tool itself ended. */
export type ToolRun =
  | { readonly kind: 'completed'; readonly value: unknown; readonly executed: true }
  /** The value came as a stream, was held, and becomes a stream again when it is released. */
  | {
      readonly kind: 'streamed';
      readonly value: unknown;
      readonly held: HeldStream;
      readonly executed: true;
    }
  | { readonly kind: 'failed'; readonly error: unknown; readonly executed: true }
  | { readonly kind: 'cancelled'; readonly executed: boolean }
  | { readonly kind: 'timed_out'; readonly executed: true };

/** What to do with a stream that a tool answers. */
export type StreamHandling =
  /** Leave every stream as it is. */
  | { readonly kind: 'leave' }
  /** Hold every stream. */
  | { readonly kind: 'hold'; readonly limits: StreamLimits }
  /** Hold only synchronous generators, which cannot wait for their ending. */
  | { readonly kind: 'hold_sync'; readonly limits: StreamLimits };

/** What a tool is run with. */
export interface RunToolOptions {
  readonly callId: string;
  readonly signal: AbortSignal | undefined;
  readonly limitMs: number | undefined;
  readonly streams: StreamHandling;
}

/** Settles a run on the first of answer, time limit and cancellation; removes timer and listener. */
function settleOnce(
  { signal, limitMs }: RunToolOptions,
  controller: AbortController,
  resolve: (run: ToolRun) => void,
): (run: ToolRun) => void {
  const onAbort = (): void => finish({ kind: 'cancelled', executed: true });
  const timer =
    limitMs === undefined
      ? undefined
      : setTimeout(() => finish({ kind: 'timed_out', executed: true }), limitMs);
  const finish = (run: ToolRun): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    resolve(run);
    if (run.kind === 'cancelled' || run.kind === 'timed_out') controller.abort(signal?.reason);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return finish;
}

function isHeld(streams: StreamHandling, kind: 'async' | 'web' | 'sync'): boolean {
  return streams.kind === 'hold' || (streams.kind === 'hold_sync' && kind === 'sync');
}

/**
 * Runs a tool until it answers, its time limit passes or the caller cancels. After that its signal
 * is aborted, and an answer that still comes is ignored. Never rejects.
 */
export function runTool(
  run: (args: unknown, context: ToolContext) => unknown,
  args: unknown,
  options: RunToolOptions,
): Promise<ToolRun> {
  const { callId, streams } = options;
  if (options.signal?.aborted) return Promise.resolve({ kind: 'cancelled', executed: false });
  return new Promise((resolve) => {
    const controller = new AbortController();
    const finish = settleOnce(options, controller, resolve);
    const context: ToolContext = {
      callId,
      // Creating a signal costs more than the rest of a call, and most tools never read it.
      get signal() {
        return controller.signal;
      },
    };
    let source: StreamSource | undefined;
    const failed = (error: unknown): void => {
      source?.cancel();
      finish({ kind: 'failed', error, executed: true });
    };
    const answered = (value: unknown): undefined | Promise<void> => {
      const kind = streams.kind === 'leave' ? undefined : streamKind(value);
      if (streams.kind === 'leave' || kind === undefined || !isHeld(streams, kind)) {
        finish({ kind: 'completed', value, executed: true });
        return undefined;
      }
      source = openStream(value, kind);
      const { signal } = controller;
      if (signal.aborted) source.cancel();
      else signal.addEventListener('abort', source.cancel, { once: true });
      return drainStream(source, streams.limits, () => signal.aborted).then(({ content, held }) =>
        finish({ kind: 'streamed', value: content, held, executed: true }),
      );
    };
    try {
      const answer = run(args, context);
      const answering = isThenable(answer)
        ? Promise.resolve(answer).then(answered)
        : answered(answer);
      answering?.catch(failed);
    } catch (error) {
      failed(error);
    }
  });
}
