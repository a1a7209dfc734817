/** Waits for a promise, at most so long. What it would have given later is nobody's concern. */
export function within<T>(timeoutMs: number, start: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    // Begun before its timer: a `start` that throws leaves none behind.
    const work = Promise.resolve(start());
    const timer = setTimeout(
      () => reject(new Error(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
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
