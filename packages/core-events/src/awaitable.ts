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
