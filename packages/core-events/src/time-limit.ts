/** A time limit that many waits share: they keep one timer between them. */
export interface TimeLimit {
  readonly ms: number;
  /** Waits for work no longer than the limit, then rejects with what `late` makes. */
  wait<Value>(work: Promise<Value>, late: () => unknown): Promise<Value>;
}

interface Wait {
  readonly dueMs: number;
  readonly expire: () => void;
}

/**
 * Creates a time limit. Waits with one limit expire in the order in which they began, so a single
 * timer for the oldest of them is enough. It keeps the process alive only while something waits.
 */
export function createTimeLimit(
  ms: number,
  monotonicMs: () => number = () => performance.now(),
): TimeLimit {
  const waits = new Set<Wait>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expireDue = (): void => {
    timer = undefined;
    const nowMs = monotonicMs();
    for (const wait of waits) {
      if (wait.dueMs > nowMs) {
        timer = setTimeout(expireDue, Math.ceil(wait.dueMs - nowMs));
        return;
      }
      waits.delete(wait);
      wait.expire();
    }
  };
  const remove = (wait: Wait): void => {
    waits.delete(wait);
    if (waits.size === 0) timer?.unref?.();
  };
  return Object.freeze({
    ms,
    wait<Value>(work: Promise<Value>, late: () => unknown): Promise<Value> {
      return new Promise<Value>((resolve, reject) => {
        const wait: Wait = { dueMs: monotonicMs() + ms, expire: () => reject(late()) };
        waits.add(wait);
        if (timer === undefined) timer = setTimeout(expireDue, ms);
        else if (waits.size === 1) timer.ref?.();
        work.then(
          (value) => {
            remove(wait);
            resolve(value);
          },
          (error: unknown) => {
            remove(wait);
            reject(error);
          },
        );
      });
    },
  } satisfies TimeLimit);
}
