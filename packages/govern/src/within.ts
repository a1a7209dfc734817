/**
 * Waits for work no longer than `limitMs`, then rejects with what `late` makes. The work itself is
 * not stopped; what becomes of it afterwards is ignored.
 */
export function within<Value>(
  work: Promise<Value>,
  limitMs: number,
  late: () => unknown,
): Promise<Value> {
  return new Promise((resolve, reject) => {
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
