import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  type LogRange,
  type RangeReplayer,
  type ReplayedRange,
  replayRange,
} from '@spanforge/policy-rollout';
import { openToRead } from './evidence-log.js';
import { BENCH_BUNDLE } from './governed.js';

/** A thread that replays ranges of the log in a folder. */
export function startReplayer(folder: string): {
  readonly replay: RangeReplayer<ReplayedRange>;
  end(): Promise<void>;
} {
  const worker = new Worker(new URL('./evidence-replayer.js', import.meta.url), {
    workerData: { replays: folder },
    // As the command line has it.
    resourceLimits: { maxYoungGenerationSizeMb: 192 },
  });
  return {
    async replay(range) {
      worker.postMessage(range);
      return (await once(worker, 'message'))[0] as ReplayedRange;
    },
    async end() {
      worker.postMessage(undefined);
      await once(worker, 'exit');
    },
  };
}

async function serve(port: NonNullable<typeof parentPort>, folder: string): Promise<void> {
  const opening = openToRead(folder);
  port.on('message', async (range: LogRange | undefined) => {
    const reader = await opening;
    if (range) {
      port.postMessage(await replayRange(range, { candidate: BENCH_BUNDLE, source: { reader } }));
    } else {
      await reader.close();
      port.close();
    }
  });
}

const data = workerData as { readonly replays?: string } | null;
if (!isMainThread && parentPort && data?.replays !== undefined) {
  await serve(parentPort, data.replays);
}
