import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { parseBundle } from '@spanforge/policy';
import { replayLines } from './runs/replay-lines.js';
import type {
  ReplayThreadAnswer,
  ReplayThreadData,
  ReplayThreadRequest,
} from './runs/replay-messages.js';
import { sourceOfLog } from './runs/traffic.js';
import { openWorkspace } from './workspace/workspace.js';

type Port = NonNullable<typeof parentPort>;

/** Replays one range after another, with a log and keys of its own. */
function serve(port: Port, data: ReplayThreadData): void {
  const { root, filter, anyEnvironment } = data;
  const candidate = parseBundle(JSON.parse(data.candidate));
  const compared =
    data.baseline === undefined ? {} : { baseline: parseBundle(JSON.parse(data.baseline)) };
  const opening = openWorkspace(root, 'spanforge-cli', undefined, true);
  // It is awaited with the first range.
  opening.catch(() => undefined);
  const answer = async (request: Exclude<ReplayThreadRequest, 'end'>) => {
    const { log } = await opening;
    const source = sourceOfLog(log, filter);
    return replayLines(request, { source, candidate, ...compared, anyEnvironment });
  };
  const end = async (): Promise<void> => {
    await opening.then(
      (workspace) => workspace.close(),
      () => undefined,
    );
    port.close();
  };
  const send = (message: ReplayThreadAnswer, transfer: ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  port.on('message', (request: ReplayThreadRequest) => {
    if (request === 'end') {
      void end();
      return;
    }
    answer(request).then(
      (range) => send({ range }, [range.lines, range.leaves].map(memoryOf)),
      (error) => send({ failed: String(error) }),
    );
  });
}

const memoryOf = ({ buffer }: Uint8Array): ArrayBuffer => buffer as ArrayBuffer;

if (!isMainThread && parentPort) serve(parentPort, workerData as ReplayThreadData);
