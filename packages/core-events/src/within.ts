/**
 * Waits for work up to a time limit, then rejects. The work itself is not stopped; its later result
 * is ignored.
 *
 * @param start Begins the work; an error it throws synchronously is thrown here.
 * @param late Makes the error for when the time is up.
 */
export function within<Value>(
  limitMs: number,
  start: () => Promise<Value>,
  late: () => unknown = () => new Error(`no answer within ${limitMs} ms`),
): Promise<Value> {
  return new Promise((resolve, reject) => {
    // Started before the timer: if `start` throws, no timer is left.
    const work = Promise.resolve(start());
    const timer = setTimeout(() => reject(late()), limitMs);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
