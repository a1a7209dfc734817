import { join } from 'node:path';
import { createIds, createRandom } from '@spanforge/core-events';
import type { RecordSecret } from '@spanforge/core-events/log';
import { generateSigningKey, type SigningKey, toBase64Url } from '@spanforge/core-signing';
import { makePrivateFolder, writeWhole } from '../files/write.js';
import type { WorkspacePaths } from './config.js';
import { EARLIER_FOLDER, KEY_FILES, readKeys } from './keys.js';

/** A role whose keys a workspace holds. */
export type WorkspaceKeyRole = 'log' | 'package' | 'record';

const SECRET_BYTES = 32;

const lines = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Keeps a replaced record secret, for verifying the records it signed. */
export async function keepSecret(paths: WorkspacePaths, record: RecordSecret): Promise<void> {
  const folder = join(paths.keys, EARLIER_FOLDER);
  await makePrivateFolder(folder);
  const { kid, secret, lastGoodSize } = record;
  const limit = lastGoodSize === undefined ? {} : { last_good_size: lastGoodSize };
  const kept = { kid, secret: toBase64Url(secret), ...limit };
  await writeWhole(join(folder, `${kid}.json`), lines(kept));
}

/** Replaces the record secret. The old one is kept first, so that at no moment both are missing. */
async function replaceRecord(paths: WorkspacePaths): Promise<void> {
  const { record } = await readKeys(paths);
  await keepSecret(paths, record);
  const next = {
    kid: `record-${createIds()()}`,
    secret: toBase64Url(createRandom()(SECRET_BYTES)),
  };
  await writeWhole(join(paths.keys, KEY_FILES.record), lines(next));
}

async function replaceSigning(
  paths: WorkspacePaths,
  file: string,
  role: 'log' | 'package',
  alg: SigningKey['alg'],
): Promise<void> {
  const key = await generateSigningKey({ alg, role });
  await writeWhole(join(paths.keys, file), lines(key.exportPrivateJwk()));
}

/**
 * Replaces the keys of some roles. The private half of an old signing key is deleted; an old record
 * secret is kept for verifying. Each file is replaced completely or not at all.
 *
 * @throws {CliError} As `readKeys`, and `CLI_FILE_UNWRITABLE`.
 */
export async function replaceKeys(
  paths: WorkspacePaths,
  roles: readonly WorkspaceKeyRole[],
): Promise<void> {
  if (roles.includes('record')) await replaceRecord(paths);
  if (roles.includes('package')) {
    await replaceSigning(paths, KEY_FILES.packageEdDsa, 'package', 'Ed25519');
    await replaceSigning(paths, KEY_FILES.packageEs256, 'package', 'ES256');
  }
  if (roles.includes('log')) await replaceSigning(paths, KEY_FILES.log, 'log', 'Ed25519');
}
