import type { ExplainOptions } from './types.js';

/** Explanations that are made in the background; their failure never reaches the explained function. */
export interface Background {
  /** Starts one. False when too many are in progress: it is then left out, with a warning. */
  start(explain: () => Promise<void>): boolean;
  /** How many are in progress. */
  size(): number;
  /** Resolves when none is in progress. */
  flush(): Promise<void>;
}

/** Creates the place where at most `maxWaiting` explanations are made at a time. */
export function createBackground(
  maxWaiting: number,
  onWarning: NonNullable<ExplainOptions['onWarning']>,
): Background {
  const waiting = new Set<Promise<void>>();

  function warn(message: string, cause: unknown): void {
    try {
      onWarning({ message, cause });
    } catch {
      // A failing handler must not reach the governed function either.
    }
  }

  return {
    start(explain) {
      if (waiting.size >= maxWaiting) {
        warn('too many explanations are under way; this one was left out', undefined);
        return false;
      }
      const work = Promise.resolve()
        .then(explain)
        .catch((cause: unknown) => warn('an output could not be explained', cause));
      waiting.add(work);
      void work.then(() => waiting.delete(work));
      return true;
    },
    size: () => waiting.size,
    async flush() {
      while (waiting.size > 0) await Promise.all(waiting);
    },
  };
}
