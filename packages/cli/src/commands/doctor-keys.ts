import { type KeyHistory, readKeyHistory } from '@spanforge/core-events/log';
import { keyStanding, noteKeyId, parseCheckpoint } from '@spanforge/core-signing';
import { visible } from '@spanforge/operator';
import { readText } from '../files/read.js';
import { type KeyInUse, keysInUse, publicFiles, publishedKeys } from '../workspace/key-records.js';
import { anchorPaths } from '../workspace/keys.js';
import type { Workspace } from '../workspace/workspace.js';
import type { LookAtLog } from './doctor-log.js';

/** The number of newest records whose HMAC is checked. */
const NEWEST = 50_000;
const READ_AT_ONCE = 1000;

/** A key in use must be on record, and no record may retire or revoke it. */
function requireInService(key: KeyInUse, known: KeyHistory | undefined): void {
  const name = `the ${key.role} key ${visible(key.kid)} is in use and`;
  if (known?.addedAt === undefined) {
    throw new Error(`${name} not on record: if you put it there, run "keys init"`);
  }
  const [revoked, retired] = [known.lastGoodSize, known.retiredSize];
  if (revoked !== undefined) {
    throw new Error(
      `${name} was revoked, good up to size ${revoked}: run "keys rotate ${key.role}"`,
    );
  }
  if (retired === undefined) return;
  throw new Error(`${name} was retired at size ${retired}: run "keys rotate ${key.role}"`);
}

const keysOnRecord: LookAtLog = async ({ log, keys, config }) => {
  const history = await readKeyHistory(log);
  const byKid = new Map(history.map((key) => [key.kid, key]));
  const own = keysInUse(keys, config.hmac);
  for (const key of own) requireInService(key, byKid.get(key.kid));
  const left = history.filter(
    ({ retiredSize, lastGoodSize }) => retiredSize !== undefined || lastGoodSize !== undefined,
  );
  return `${own.length} keys in service, ${left.length} left it`;
};

/** A process that still uses keys from before a rotation signs what verifiers refuse. */
async function requireSignedInService({ checkpointer, keys, config, log }: Workspace) {
  const latest = await checkpointer.latest();
  if (!latest) return;
  const { size } = parseCheckpoint(latest.note.slice(0, latest.note.lastIndexOf('\n\n') + 1));
  const lines = latest.note.slice(latest.note.lastIndexOf('\n\n') + 2);
  for (const key of publishedKeys(keys, await readKeyHistory(log), config.origin)) {
    if (key.role !== 'log' || keyStanding(key, size) === 'good') continue;
    const id = Buffer.from(noteKeyId(config.origin, key.publicKey, 0x01), 'hex');
    const signed = lines.split('\n').some((line) =>
      Buffer.from(line.split(' ')[2] ?? '', 'base64')
        .subarray(0, 4)
        .equals(id),
    );
    if (!signed) continue;
    throw new Error(
      `the newest checkpoint, of size ${size}, is signed by ${key.kid}, which had left service: start again whatever still signs with it`,
    );
  }
}

async function requireMacsInService({ log }: Workspace): Promise<void> {
  const left = new Map(
    (await readKeyHistory(log)).flatMap(({ kid, role, retiredSize }) =>
      role === 'record' && retiredSize !== undefined ? [[kid, retiredSize] as const] : [],
    ),
  );
  if (left.size === 0) return;
  const size = await log.size();
  for (let at = Math.max(0, size - NEWEST); at < size; ) {
    const records = await log.store.read(at, Math.min(READ_AT_ONCE, size - at));
    const late = records.find(({ index, mac }) => index >= (left.get(mac?.kid ?? '') ?? size));
    if (late) {
      const kid = visible(late.mac?.kid ?? '');
      throw new Error(
        `record ${late.index} carries the HMAC of ${kid}, which had been retired: start again whatever still writes with it`,
      );
    }
    if (records.length === 0) return;
    at += records.length;
  }
}

const keyUse: LookAtLog = async (workspace) => {
  await requireSignedInService(workspace);
  await requireMacsInService(workspace);
  return 'nothing is signed by a key that left service';
};

const published: LookAtLog = async ({ log, keys, config, paths }) => {
  const { jwks, vkey } = publicFiles(keys, await readKeyHistory(log), config.origin);
  const files = anchorPaths(paths);
  for (const [file, expected] of [
    [files.jwks, jwks],
    [files.vkey, vkey],
  ] as const) {
    if ((await readText(file)).trim() === expected.trim()) continue;
    throw new Error(
      `${file}: not what the log says: run "keys jwks --write", and give it to auditors`,
    );
  }
  return 'the public files say what the log says';
};

/** The checks of the keys of a log. */
export const KEY_CHECKS: readonly (readonly [name: string, LookAtLog])[] = [
  ['key records', keysOnRecord],
  ['key use', keyUse],
  ['published keys', published],
];
