import { join } from 'node:path';
import type { RecordDraft } from '@spanforge/core-events';
import {
  createCheckpointer,
  createMemoryMark,
  createMemoryStore,
  type EvidenceLog,
  openEvidenceLog,
} from '@spanforge/core-events/log';
import { scopeV1 } from '@spanforge/core-events/records';
import { generateSigningKey } from '@spanforge/core-signing';
import { openSqliteStore } from '@spanforge/store-sqlite';
import type { Subject } from './straight-line.js';

/** Where evidence goes, and what is done to it on the way. */
export interface LogOptions {
  readonly hmac: boolean;
  readonly commits: 1 | 2;
  readonly store: 'sqlite' | 'memory';
  /** Whether a checkpoint is signed once a second. */
  readonly checkpoints: boolean;
}

/** Record keys of the benchmark. */
const HMAC = {
  kid: 'bench',
  secret: Uint8Array.from({ length: 32 }, (_, at) => (at * 89 + 41) % 256),
};

const ORIGIN = 'example.com/bench';

/** An evidence log for a subject, and what has to be closed with it. */
export async function openBenchLog(
  folder: string,
  options: LogOptions,
): Promise<{ readonly log: EvidenceLog; close(): Promise<void> }> {
  const store =
    options.store === 'memory'
      ? createMemoryStore()
      : await openSqliteStore({ path: join(folder, 'evidence.db') });
  const log = await openEvidenceLog({
    store,
    origin: ORIGIN,
    writer: 'bench',
    hmac: options.hmac && HMAC,
  });
  const signer = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
  const mark = createMemoryMark();
  const checkpointer = createCheckpointer({ store, origin: ORIGIN, signer, mark, holder: 'bench' });
  let signing: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    if (options.checkpoints) signing = signing.then(() => checkpointer.checkpoint());
  }, 1000);
  return {
    log,
    async close() {
      clearInterval(timer);
      await signing;
      await log.close();
    },
  };
}

function draft(action: number): RecordDraft {
  return {
    type: scopeV1.key,
    context: Object.freeze({
      tenant: 'acme',
      project: 'claims',
      env: 'prod',
      run: `run-01J9Z8Y7X6W5V4T3S2R1${String(Math.floor(action / 10)).padStart(6, '0')}`,
      traceId: action.toString(16).padStart(32, '4bf92f3577b34da6'),
      agent: 'claims-agent',
      actor: 'case-worker-7',
      source: 'bench@1.0.0',
    }),
    body: scopeV1.toWire({
      agentId: 'claims-agent',
      resource: 'claims',
      action: 'write',
      outcome: 'allow',
      allowed: true,
      reason: 'x'.repeat(400),
      reasonCode: 'granted',
    }),
  };
}

/** Average bytes of the newest records. */
export async function averageBytes(log: EvidenceLog): Promise<number> {
  const { records } = await log.query({ newestFirst: true, limit: 600 });
  return records.reduce((sum, { bytes }) => sum + bytes.length, 0) / records.length;
}

/** The evidence log alone: six records an action, decided by nobody. */
export async function logAlone(folder: string, options: LogOptions): Promise<Subject> {
  const { log, close } = await openBenchLog(folder, options);
  const write = async (action: number, count: number): Promise<void> => {
    const one = draft(action);
    await log.append(Array.from({ length: count }, () => one));
  };
  return {
    name: `log alone, ${options.store}${options.checkpoints ? ', checkpoints' : ''}`,
    recordBytes: () => averageBytes(log),
    async action(number) {
      if (options.commits === 2) await write(number, 4);
      await write(number, options.commits === 2 ? 2 : 6);
    },
    close,
  };
}
