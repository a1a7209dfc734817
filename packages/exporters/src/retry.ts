/** When to try again. */
export interface RetryTiming {
  readonly retryMs: number;
  readonly maxRetryMs: number;
  readonly random: () => number;
}

/** Milliseconds before attempt `attempts + 1`: doubled each time, between half and all of it. */
export function retryDelayMs(attempts: number, timing: RetryTiming): number {
  const { retryMs, maxRetryMs, random } = timing;
  const full = Math.min(maxRetryMs, retryMs * 2 ** Math.min(attempts - 1, 40));
  return full / 2 + (full / 2) * random();
}

/** Waits until the time is over or the signal aborts; resolves in both cases. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
