import type { RegisteredTool } from './action.js';
import type { ToolContext } from './options.js';
import { drain, type HeldStream, type StreamLimits } from './stream/collect.js';
import { openStream, type StreamSource, streamKind } from './stream/source.js';

/** What became of the tool itself. */
export type Run =
  | {
      readonly status: 'completed';
      readonly value: unknown;
      readonly executed: true;
      /** Where the value came as a stream: what is to become one again. */
      readonly held?: HeldStream;
    }
  | { readonly status: 'failed'; readonly error: unknown; readonly executed: true }
  | { readonly status: 'cancelled'; readonly executed: boolean }
  | { readonly status: 'timed_out'; readonly executed: true };

/** What a tool is run with. */
export interface ExecuteOptions {
  readonly callId: string;
  readonly signal: AbortSignal | undefined;
  readonly limitMs: number | undefined;
  /** How much of a stream is held; absent where streams are left as they are. */
  readonly hold: StreamLimits | undefined;
  /** True where only what cannot be waited for, a synchronous generator, is held. */
  readonly passes?: boolean;
}

type RunTool = NonNullable<RegisteredTool['run']>;

/** Settles a run once, whichever comes first, and takes its timer and listener away. */
function waitFor(
  { signal, limitMs }: ExecuteOptions,
  controller: AbortController,
  resolve: (run: Run) => void,
): (run: Run) => void {
  const onAbort = (): void => finish({ status: 'cancelled', executed: true });
  const timer =
    limitMs === undefined
      ? undefined
      : setTimeout(() => finish({ status: 'timed_out', executed: true }), limitMs);
  const finish = (run: Run): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    resolve(run);
    if (run.status === 'cancelled' || run.status === 'timed_out') controller.abort(signal?.reason);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return finish;
}

/**
 * Runs a tool until it answers, its time is up or the caller gives up. A tool that goes on after
 * that is told by its signal; what it answers then is not looked at. Never rejects.
 */
export function executeTool(run: RunTool, args: unknown, options: ExecuteOptions): Promise<Run> {
  if (options.signal?.aborted) return Promise.resolve({ status: 'cancelled', executed: false });
  return new Promise((resolve) => {
    const controller = new AbortController();
    const finish = waitFor(options, controller, resolve);
    const context: ToolContext = {
      callId: options.callId,
      // Making a signal costs more than the rest of a call; most tools never look at it.
      get signal() {
        return controller.signal;
      },
    };
    const failed = (error: unknown): void => {
      source?.cancel();
      finish({ status: 'failed', error, executed: true });
    };
    let source: StreamSource | undefined;
    const answered = (value: unknown): undefined | Promise<void> => {
      const kind = options.hold && streamKind(value);
      const left = options.passes && kind !== 'sync';
      if (options.hold === undefined || kind === undefined || left) {
        finish({ status: 'completed', value, executed: true });
        return undefined;
      }
      source = openStream(value, kind);
      const { signal } = controller;
      if (signal.aborted) source.cancel();
      else signal.addEventListener('abort', source.cancel, { once: true });
      return drain(source, options.hold, () => signal.aborted).then(({ content, held }) =>
        finish({ status: 'completed', value: content, executed: true, held }),
      );
    };
    try {
      Promise.resolve(run(args, context)).then(answered).catch(failed);
    } catch (error) {
      failed(error);
    }
  });
}
