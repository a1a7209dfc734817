import { GovernError } from '../error.js';
import type { Run } from '../execute.js';
import type { StreamSource } from './source.js';

/** Who is told what passes, and how it ends. */
export interface RelayHooks {
  pass(part: unknown): void;
  /** Settles when the ending is durable; rejects when it is not. Called once. */
  end(run: Run): Promise<unknown>;
}

/** Settles when the stream is to be cut, with how it then ended. */
export type Cut = Promise<Extract<Run, { status: 'cancelled' | 'timed_out' }>>;

type Step = { readonly step: IteratorResult<unknown> } | { readonly run: Run };

/**
 * Hands the parts of a stream on as they come. Its close waits until the ending is durable, and so
 * does the error of a stream that fails. A reader who goes away ends it.
 */
export function relayStream(
  source: StreamSource,
  cut: Cut,
  { pass, end }: RelayHooks,
): AsyncIterableIterator<unknown> {
  let ending: Promise<unknown> | undefined;
  const finish = (run: Run): Promise<unknown> => {
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
      return { step: await source.next() };
    } catch (error) {
      return { run: { status: 'failed', error, executed: true } };
    }
  };
  const over = { done: true, value: undefined } as const;
  const stop = async (): Promise<typeof over> => {
    source.cancel();
    await finish({ status: 'cancelled', executed: true });
    return over;
  };
  return {
    async next() {
      if (isOver()) return finish({ status: 'cancelled', executed: true }).then(() => over);
      const taken: Step = await Promise.race([take(), cut.then((run): Step => ({ run }))]);
      if ('run' in taken) {
        const { run } = taken;
        await finish(run);
        if (run.status === 'failed') throw run.error;
        throw new GovernError('GOVERN_STREAM_CUT', 'the stream was cut', {
          details: { status: run.status },
        });
      }
      const { done, value } = taken.step;
      if (isOver()) return finish({ status: 'cancelled', executed: true }).then(() => over);
      if (done) {
        await finish({ status: 'completed', value: undefined, executed: true });
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
