import { Worker } from 'node:worker_threads';
import type { LogRange, RangeReplayer } from '@spanforge/policy-rollout';
import { CliError } from '../error.js';
import type { RangeOfLines, ReplayThreadAnswer, ReplayThreadData } from './replay-messages.js';

/** Threads that replay ranges of a log. */
export interface ReplayThreads {
  readonly replayers: readonly RangeReplayer<RangeOfLines>[];
  /** Ends the threads, and resolves when they have ended. */
  end(): Promise<void>;
}

/** Records for which a thread of its own is worth starting: opening the log and warming up take a second. */
const RECORDS_A_THREAD = 65_536;
/** More than this wait for the thread that joins what they find. */
const MOST_BY_DEFAULT = 8;
const MOST = 64;
/** A group of decisions is young until it is done with: in less memory the collector copies many of them. */
const YOUNG_MB = 192;
/** How long a thread may take to end by itself. */
const ENDING_MS = 5000;

/**
 * How many threads replay a log: what was asked for, or one for each processor while each of them has enough to do.
 *
 * @throws {CliError} `CLI_USAGE` for anything but a number from 1 to 64.
 */
export function threadsFor(
  asked: string | undefined,
  { processors, records }: { readonly processors: number; readonly records: number },
): number {
  if (asked === undefined) {
    const worth = Math.floor(records / RECORDS_A_THREAD);
    return Math.max(1, Math.min(processors, MOST_BY_DEFAULT, worth));
  }
  if (/^[1-9]\d?$/.test(asked) && Number(asked) <= MOST) return Number(asked);
  throw new CliError('CLI_USAGE', `--threads: expected a number from 1 to ${MOST}`);
}

const endedError = (what: string): CliError =>
  new CliError('CLI_UNEXPECTED', `a thread of the replay ${what}; try again with --threads 1`);

/** One thread, which answers one range at a time. */
function startThread(file: URL, data: ReplayThreadData) {
  const worker = new Worker(file, {
    workerData: data,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    // The flags of the process, such as `--input-type`, may not fit this file.
    execArgv: [],
  });
  let failure: CliError | undefined;
  let asked: { resolve: (answer: ReplayThreadAnswer) => void; reject: (error: Error) => void };
  const fail = (error: CliError): void => {
    failure ??= error;
    asked?.reject(failure);
  };
  worker.on('message', (answer: ReplayThreadAnswer) => asked?.resolve(answer));
  worker.on('error', (error) => fail(endedError(`failed: ${error.message}`)));
  worker.on('messageerror', () => fail(endedError('sent what cannot be read')));
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      fail(endedError('ended'));
      resolve();
    });
  });
  return {
    async ask(range: LogRange): Promise<ReplayThreadAnswer> {
      if (failure) throw failure;
      return new Promise((resolve, reject) => {
        asked = { resolve, reject };
        worker.postMessage(range);
      });
    },
    async end(): Promise<void> {
      worker.postMessage('end');
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, ENDING_MS);
      });
      await Promise.race([exited, late]);
      clearTimeout(timer);
      await worker.terminate();
    },
  };
}

/**
 * Starts threads, each with a connection, keys and bundles of its own.
 *
 * @param again Replays a range in this thread. An error does not go through between threads as what it
 *   is: where a thread failed, the range is replayed again here, and fails here.
 */
export function startReplayThreads(
  file: URL,
  count: number,
  data: ReplayThreadData,
  again: RangeReplayer<RangeOfLines>,
): ReplayThreads {
  const threads = Array.from({ length: count }, () => startThread(file, data));
  const replayers = threads.map(({ ask }) => async (range: LogRange): Promise<RangeOfLines> => {
    const answer = await ask(range);
    if ('range' in answer) return answer.range;
    await again(range);
    throw endedError(`failed: ${answer.failed}`);
  });
  return { replayers, end: async () => void (await Promise.all(threads.map(({ end }) => end()))) };
}
