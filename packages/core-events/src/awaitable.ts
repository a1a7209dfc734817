import { Given } from '@spanforge/core-signing';

/** A value, or a promise of it. */
export type Awaitable<Value> = Value | Promise<Value>;

/**
 * Calls `next` at once for a value, or when a promise resolves; makes no promise unless there is
 * one.
 */
export function andThen<Value, Next>(
  value: Awaitable<Value>,
  next: (value: Value) => Awaitable<Next>,
): Awaitable<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Keeps with a promise the value that it was made of, where no other code can write it. */
class Resolved extends Given {
  readonly #value: unknown;

  constructor(promise: Promise<unknown>, value: unknown) {
    super(promise);
    this.#value = value;
  }

  static of(promise: object): { readonly value: unknown } | undefined {
    return #value in promise ? { value: promise.#value } : undefined;
  }
}

/**
 * A promise of what work answers or throws, for callers that are given promises. What was answered at once can
 * be taken out of it with {@link valueAtOnce}.
 */
export function promised<Value>(work: () => Awaitable<Value>): Promise<Value> {
  try {
    const answer = work();
    if (answer instanceof Promise) return answer;
    const promise = Promise.resolve(answer);
    new Resolved(promise, answer);
    return promise;
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The value of a promise that was made of it by {@link promised}; anything else as it is. */
export function valueAtOnce<Value>(promise: Awaitable<Value>): Awaitable<Value> {
  if (!(promise instanceof Promise)) return promise;
  const known = Resolved.of(promise);
  return known === undefined ? promise : (known.value as Value);
}
