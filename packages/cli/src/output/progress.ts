const WIDTH = 24;
const MIN_INTERVAL_MS = 80;

/** Shows the progress of long work; silent if nobody is watching. */
export interface ProgressBar {
  /** Redraws, at most about twelve times a second; the end is always drawn. */
  update(done: number, total: number): void;
  /** Removes the line. */
  end(): void;
}

/** Where progress is written: a terminal or any other stream. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * A progress bar on one line of a terminal; nothing elsewhere.
 *
 * @param clock A monotonic clock, milliseconds; default the process's own.
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
