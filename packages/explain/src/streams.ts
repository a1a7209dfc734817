/** Called once with the kept part of a stream, when it ended, failed or was abandoned. */
export type OnEnd = (output: unknown) => void;

/** The number of characters of a stream that are kept for its explanation. */
const MAX_KEPT = 65_536;

/** Follows the result of a function if it is a stream. Its reader sees the same as without. */
export function followStream(value: unknown, onEnd: OnEnd): unknown {
  if (typeof ReadableStream !== 'undefined' && value instanceof ReadableStream) {
    return followReadable(value, createWatch(onEnd));
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const steps = 'next' in value && typeof value.next === 'function';
  if (Symbol.asyncIterator in value) {
    return steps
      ? followAsync(value as AsyncGenerator, createWatch(onEnd))
      : followIterable(value as AsyncIterable<unknown>, onEnd);
  }
  if (steps && Symbol.iterator in value) return followSync(value as Generator, createWatch(onEnd));
  return undefined;
}

interface Watch {
  see(part: unknown): void;
  end(): void;
}

function createWatch(onEnd: OnEnd): Watch {
  const parts: unknown[] = [];
  let left = MAX_KEPT;
  let ended = false;
  return {
    see(part) {
      if (left <= 0) return;
      left -= typeof part === 'string' ? part.length : 64;
      parts.push(part);
    },
    end() {
      if (ended) return;
      ended = true;
      const text = parts.every((part) => typeof part === 'string');
      onEnd(text ? parts.join('').slice(0, MAX_KEPT) : parts);
    },
  };
}

function followReadable(stream: ReadableStream<unknown>, watch: Watch): ReadableStream<unknown> {
  const reader = stream.getReader();
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            controller.close();
            watch.end();
          } else {
            watch.see(value);
            controller.enqueue(value);
          }
        } catch (error) {
          controller.error(error);
          watch.end();
        }
      },
      cancel(reason) {
        watch.end();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** An object that has a stream among its members keeps the others. */
function followIterable(source: AsyncIterable<unknown>, onEnd: OnEnd): AsyncIterable<unknown> {
  return new Proxy(source, {
    get(target, key) {
      if (key === Symbol.asyncIterator) {
        const iterator = () => target[Symbol.asyncIterator]() as AsyncGenerator;
        return () => followAsync(iterator(), createWatch(onEnd));
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function watched<Step extends IteratorResult<unknown, unknown>>(watch: Watch, step: Step): Step {
  if (step.done) watch.end();
  else watch.see(step.value);
  return step;
}

function followSync(source: Generator, watch: Watch): Generator {
  const guard = (step: () => IteratorResult<unknown, unknown>) => {
    try {
      return watched(watch, step());
    } catch (error) {
      watch.end();
      throw error;
    }
  };
  const followed = Object.create(source) as Generator;
  return Object.assign(followed, {
    next: (...given: [] | [unknown]) => guard(() => source.next(...given)),
    return: (value: unknown) => guard(() => source.return(value as never)),
    throw: (error: unknown) => guard(() => source.throw(error)),
    [Symbol.iterator]: () => followed,
  });
}

function followAsync(source: AsyncGenerator, watch: Watch): AsyncGenerator {
  const guard = async (step: () => Promise<IteratorResult<unknown, unknown>>) => {
    try {
      return watched(watch, await step());
    } catch (error) {
      watch.end();
      throw error;
    }
  };
  const followed = Object.create(source) as AsyncGenerator;
  return Object.assign(followed, {
    next: (...given: [] | [unknown]) => guard(() => source.next(...given)),
    return: async (value: unknown) => {
      watch.end();
      return guard(() => source.return?.(value as never) ?? Promise.resolve({ done: true, value }));
    },
    throw: (error: unknown) => guard(() => source.throw?.(error) ?? Promise.reject(error)),
    [Symbol.asyncIterator]: () => followed,
  });
}
