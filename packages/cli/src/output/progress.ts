const WIDTH = 24;
const MIN_INTERVAL_MS = 80;

/** Shows how far long work has come; silent where nobody is looking. */
export interface ProgressBar {
  /** Draws anew, at most about twelve times a second; the end is always drawn. */
  update(done: number, total: number): void;
  /** Takes the line away. */
  end(): void;
}

/** Where progress goes: a terminal or anything that can be written to. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * A progress bar on a terminal, on one line that is redrawn; nothing elsewhere.
 *
 * @param clock Milliseconds that never go back; the process's own when absent.
 */
export function createProgress(
  label: string,
  stream: ProgressStream,
  clock: () => number = () => performance.now(),
): ProgressBar {
  if (!stream.isTTY) return { update: () => {}, end: () => {} };
  let drawnAt = Number.NEGATIVE_INFINITY;
  return {
    update(done, total) {
      if (clock() - drawnAt < MIN_INTERVAL_MS && done < total) return;
      drawnAt = clock();
      const share = total === 0 ? 1 : done / total;
      const filled = Math.round(share * WIDTH);
      const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`;
      stream.write(
        `\r${label} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${done}/${total}`,
      );
    },
    end: () => {
      stream.write('\r\u001b[2K');
    },
  };
}
