import { escapeText } from './escape.js';

/** Tells errors on one line each, and repetitions of one by their number. */
export interface ErrorTeller {
  tell(error: unknown): void;
  /** Tells how often what was told came again since. */
  flush(): void;
}

/** Repetitions are told together after this time. */
const TOGETHER_MS = 10_000;
/** Different errors that are remembered at once. */
const MAX_KNOWN = 100;

/**
 * Creates a teller of errors: a client that vanishes under a flood of calls fails hundreds of answers
 * with one sentence.
 */
export function createErrorTeller(
  write: (line: string) => void,
  togetherMs = TOGETHER_MS,
): ErrorTeller {
  const again = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  const line = (text: string): void => write(`spanforge: ${escapeText(text)}\n`);
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const [text, times] of again) {
      if (times > 0) line(`${text} (${times} more ${times === 1 ? 'time' : 'times'})`);
    }
    again.clear();
  };
  return {
    flush,
    tell(error) {
      const text = error instanceof Error ? error.message : String(error);
      const times = again.get(text);
      if (times === undefined) {
        if (again.size >= MAX_KNOWN) flush();
        line(text);
      }
      again.set(text, times === undefined ? 0 : times + 1);
      timer ??= setTimeout(flush, togetherMs).unref();
    },
  };
}
