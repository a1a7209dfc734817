/**
 * Waits for work no longer than a limit, then rejects. The work itself is not stopped; what becomes
 * of it afterwards is ignored.
 *
 * @param start Begins the work; what it throws at once is thrown here.
 * @param late Makes what the promise rejects with when the time is up.
 */
export function within<Value>(
  limitMs: number,
  start: () => Promise<Value>,
  late: () => unknown = () => new Error(`no answer within ${limitMs} ms`),
): Promise<Value> {
  return new Promise((resolve, reject) => {
    // Begun before its timer: a `start` that throws leaves none behind.
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
