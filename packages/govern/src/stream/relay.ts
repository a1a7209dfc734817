import { GovernError } from '../error.js';
import type { StreamSource } from './source.js';

/** How a relayed stream ended. */
export type StreamEnd =
  | { readonly kind: 'completed'; readonly value: undefined; readonly executed: true }
  | { readonly kind: 'failed'; readonly error: unknown; readonly executed: true }
  | { readonly kind: 'cancelled' | 'timed_out'; readonly executed: true };

/** Called with each part that passes, and with how the stream ends. */
export interface RelayHooks {
  pass(part: unknown): void;
  /** Settles when the ending is durable; rejects when it is not. Called once. */
  end(run: StreamEnd): Promise<unknown>;
}

/** Settles when the stream is to be cut, with how it then ended. */
export type StreamCut = Promise<Extract<StreamEnd, { kind: 'cancelled' | 'timed_out' }>>;

type Step =
  | { readonly kind: 'part'; readonly step: IteratorResult<unknown> }
  | { readonly kind: 'end'; readonly run: StreamEnd };

/**
 * Passes the parts of a stream on as they come. The stream closes, or fails, only after the ending
 * is durable. A reader who stops reading ends it.
 */
export function relayStream(
  source: StreamSource,
  cut: StreamCut,
  { pass, end }: RelayHooks,
): AsyncIterableIterator<unknown> {
  let ending: Promise<unknown> | undefined;
  const finish = (run: StreamEnd): Promise<unknown> => {
    ending ??= end(run);
    return ending;
  };
  const isOver = (): boolean => ending !== undefined;
  cut.then((run) => {
    source.cancel();
    finish(run).catch(() => undefined);
  });
  const take = async (): Promise<Step> => {
    try {
      return { kind: 'part', step: await source.next() };
    } catch (error) {
      return { kind: 'end', run: { kind: 'failed', error, executed: true } };
    }
  };
  const over = { done: true, value: undefined } as const;
  const stop = async (): Promise<typeof over> => {
    source.cancel();
    await finish({ kind: 'cancelled', executed: true });
    return over;
  };
  return {
    async next() {
      if (isOver()) return finish({ kind: 'cancelled', executed: true }).then(() => over);
      const taken: Step = await Promise.race([
        take(),
        cut.then((run): Step => ({ kind: 'end', run })),
      ]);
      if (taken.kind === 'end') {
        const { run } = taken;
        await finish(run);
        if (run.kind === 'failed') throw run.error;
        throw new GovernError('GOVERN_STREAM_CUT', 'the stream was cut before its end', {
          details: { status: run.kind },
        });
      }
      const { done, value } = taken.step;
      if (isOver()) return finish({ kind: 'cancelled', executed: true }).then(() => over);
      if (done) {
        await finish({ kind: 'completed', value: undefined, executed: true });
        return over;
      }
      pass(value);
      return { done: false, value };
    },
    return: stop,
    async throw(error) {
      await stop();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The same as a web stream. */
export function asWebStream(iterator: AsyncIterableIterator<unknown>): ReadableStream<unknown> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
