import { createHash } from 'node:crypto';
import type { PendingFile } from '../files/write.js';
import { readRuns } from './read-runs.js';
import type { CallOutcome, Replayer } from './replayer.js';
import { createTally, type ReplayTotals } from './tally.js';

/** A replay whose report is written but has not got its final name yet. */
export interface ReplayedFile {
  readonly totals: ReplayTotals;
  /** The totals as tables for people. */
  readonly tables: string;
  /** SHA-256 over the runs file, hex. */
  readonly inputSha256: string;
  /** SHA-256 over the report, hex. */
  readonly reportSha256: string;
}

/** A line of the report: exactly these keys, in this order. */
function formatCall({ run, call, tool, outcome, rules, reason }: CallOutcome): string {
  return `${JSON.stringify({ run, call, tool, outcome, rules, reason })}\n`;
}

/**
 * Replays a runs file into a report, run by run. Only the ids of runs are kept in memory.
 *
 * @throws {CliError} `CLI_FILE_UNREADABLE`, `CLI_INPUT_INVALID`, `CLI_FILE_UNWRITABLE`.
 */
export async function replayFile(
  runs: string,
  report: PendingFile,
  replayer: Replayer,
  onProgress: (done: number, total: number) => void,
): Promise<ReplayedFile> {
  const [input, output] = [createHash('sha256'), createHash('sha256')];
  const tally = createTally();
  let size = 0;
  const reading = readRuns(runs, {
    onChunk: (chunk) => input.update(chunk),
    onSize: (bytes) => {
      size = bytes;
    },
  });
  for await (const run of reading) {
    const calls = replayer.replay(run);
    for (const call of calls) tally.add(call);
    tally.endRun();
    const text = calls.map(formatCall).join('');
    output.update(text);
    await report.append(text);
    onProgress(run.offset, size);
  }
  return {
    totals: tally.totals(),
    tables: tally.format(),
    inputSha256: input.digest('hex'),
    reportSha256: output.digest('hex'),
  };
}
