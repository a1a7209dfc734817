import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type EvidenceLog,
  openEvidenceLog,
  openSignedLog,
  type SignedLog,
} from '@spanforge/core-events/log';
import { createFileMark } from '@spanforge/core-events/node';
import {
  createNoteVerifier,
  generateSigningKey,
  importSigningKey,
  type NoteVerifier,
  type SigningKey,
  toVerificationKey,
} from '@spanforge/core-signing';
import { openSqliteStore, type SqliteStore } from '@spanforge/store-sqlite';
import { governedOn } from './governed.js';

const ORIGIN = 'example.com/bench';

const HMAC = {
  kid: 'bench',
  secret: Uint8Array.from({ length: 32 }, (_, at) => (at * 89 + 41) % 256),
};

/** A signed log in a folder, with the key that signs it beside it; a bench may lie there. */
export interface BenchEvidence {
  readonly log: SignedLog;
  readonly store: SqliteStore;
  readonly signer: SigningKey;
  readonly logKey: NoteVerifier;
  readonly mark: ReturnType<typeof createFileMark>;
}

async function keyOf(folder: string): Promise<SigningKey> {
  const path = join(folder, 'log.jwk');
  try {
    return await importSigningKey(JSON.parse(await readFile(path, 'utf8')), 'log');
  } catch {
    const made = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
    await writeFile(path, JSON.stringify(made.exportPrivateJwk()), { mode: 0o600 });
    return made;
  }
}

/** Opens the log of a folder, making it when there is none. */
export async function openEvidence(
  folder: string,
  checkpointEveryMs: number,
): Promise<BenchEvidence> {
  await mkdir(folder, { recursive: true });
  const signer = await keyOf(folder);
  const logKey = createNoteVerifier(ORIGIN, toVerificationKey(signer));
  const store = await openSqliteStore({ path: join(folder, 'evidence.db') });
  const mark = createFileMark(join(folder, 'mark.json'));
  const log = await openSignedLog({
    store,
    origin: ORIGIN,
    writer: 'bench',
    hmac: HMAC,
    signer,
    mark,
    checkpointEveryMs,
  });
  return { log, store, signer, logKey, mark };
}

/** Opens the log of a folder for reading alone, beside the one that has it open. */
export async function openToRead(folder: string): Promise<EvidenceLog> {
  const store = await openSqliteStore({ path: join(folder, 'evidence.db'), readOnly: true });
  return openEvidenceLog({ store, origin: ORIGIN, writer: 'bench', hmac: HMAC });
}

/** Actions that are under way at the same time while a log is filled. */
const IN_FLIGHT = 32;

/** Fills a log with governed actions, as a service would, until it has so many records. */
export async function fillEvidence(
  { log }: BenchEvidence,
  records: number,
  onProgress: (size: number) => void,
): Promise<void> {
  const subject = await governedOn(log, async () => undefined, {
    hmac: true,
    commits: 1,
    store: 'sqlite',
    checkpoints: true,
  });
  let number = await log.size();
  const lane = async (): Promise<void> => {
    while (log.status().size < records) {
      number += 1;
      await subject.action(number);
      if (number % 1000 === 0) onProgress(log.status().size);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}
