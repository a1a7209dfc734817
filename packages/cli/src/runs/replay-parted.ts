import type { EvidenceReader } from '@spanforge/core-events';
import type { PolicyBundle } from '@spanforge/policy';
import { type LogRange, type RangesReplay, replayInRanges } from '@spanforge/policy-rollout';
import type { CommandIo } from '../io.js';
import type { DecisionLines } from './decision-lines.js';
import { replayLines } from './replay-lines.js';
import type { RangeOfLines, ReplayThreadData } from './replay-messages.js';
import { startReplayThreads, threadsFor } from './replay-threads.js';
import { type LogFilter, type OnRead, sourceOfLog } from './traffic.js';

/** The bundles of a replay. */
export interface ReplayBundles {
  readonly candidate: PolicyBundle;
  readonly baseline?: PolicyBundle;
  readonly anyEnvironment: boolean;
}

/** A log that a replay may read in several threads. */
export interface PartedLog {
  readonly reader: EvidenceReader;
  /** The workspace folder. */
  readonly root: string;
  readonly filter: LogFilter;
  readonly lines: DecisionLines;
  readonly onRead: OnRead;
}

/** What threads have replayed. */
export interface PartedReplay extends RangesReplay {
  readonly threads: number;
}

/**
 * Replays a log in threads, with the same report, digest and lines as without. Undefined where one thread does it
 * as well.
 *
 * @param asked The number of threads, as it was written.
 */
export async function replayParted(
  { threads: host }: Pick<CommandIo, 'threads'>,
  asked: string | undefined,
  bundles: ReplayBundles,
  { reader, root, filter, lines, onRead }: PartedLog,
): Promise<PartedReplay | undefined> {
  const end = await reader.size();
  // A trace is short, and lies together.
  const records = filter.trace === undefined ? end : 0;
  const count = threadsFor(asked, { processors: host?.processors ?? 1, records });
  if (host === undefined || count === 1) return undefined;
  const { candidate, baseline, anyEnvironment } = bundles;
  const data: ReplayThreadData = {
    ...{ root, filter, candidate: candidate.canonical, anyEnvironment },
    ...(baseline === undefined ? {} : { baseline: baseline.canonical }),
  };
  const again = (range: LogRange): Promise<RangeOfLines> =>
    replayLines(range, { ...bundles, source: sourceOfLog(reader, filter) });
  const threads = startReplayThreads(host.file, count, data, again);
  try {
    const replayed = await replayInRanges({
      ...bundles,
      end,
      ...(host.span === undefined ? {} : { span: host.span }),
      replayers: threads.replayers,
      async onRange(range) {
        await lines.addWritten(range.lines);
        onRead(range.to, range.end);
      },
    });
    return { ...replayed, threads: count };
  } finally {
    await threads.end();
  }
}
