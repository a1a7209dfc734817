/** A value that is there, or will come. */
export type Awaitable<Value> = Value | Promise<Value>;

/** Goes on at once where a value is there, and else when it comes: no promise is made for nothing. */
export function andThen<Value, Next>(
  value: Awaitable<Value>,
  next: (value: Value) => Awaitable<Next>,
): Awaitable<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}
