/** Waits for a promise, at most so long. What it would have given later is nobody's concern. */
export function within<T>(timeoutMs: number, start: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const settle =
      <V>(how: (value: V) => void) =>
      (value: V) => {
        clearTimeout(timer);
        how(value);
      };
    // `start` may throw before there is a promise.
    Promise.resolve().then(start).then(settle(resolve), settle(reject));
  });
}
