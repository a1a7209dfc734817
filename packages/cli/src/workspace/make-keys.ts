import { mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createIds, createRandom } from '@spanforge/core-events';
import { syncFolder } from '@spanforge/core-events/node';
import {
  formatJwks,
  formatVkey,
  generateSigningKey,
  type SigningKey,
  toBase64Url,
  toVerificationKey,
} from '@spanforge/core-signing';
import { CliError } from '../error.js';
import { exists, systemCode } from '../files/read.js';
import { writeWhole } from '../files/write.js';
import type { WorkspacePaths } from './config.js';
import { KEY_FILES, type WorkspaceKeys } from './keys.js';

const SECRET_BYTES = 32;
const PUBLIC_FILE = 0o644;

async function generate(): Promise<WorkspaceKeys> {
  return {
    log: await generateSigningKey({ alg: 'Ed25519', role: 'log' }),
    packages: [
      await generateSigningKey({ alg: 'Ed25519', role: 'package' }),
      await generateSigningKey({ alg: 'ES256', role: 'package' }),
    ],
    record: { kid: `record-${createIds()()}`, secret: createRandom()(SECRET_BYTES) },
    earlierRecords: [],
  };
}

async function writeKeys(folder: string, keys: WorkspaceKeys, origin: string): Promise<void> {
  const write = (file: string, value: unknown): Promise<void> =>
    writeWhole(join(folder, file), `${JSON.stringify(value, null, 2)}\n`);
  const writePrivate = async (file: string, key: SigningKey | undefined): Promise<void> =>
    write(file, await key?.exportPrivateJwk());
  const { log, packages, record } = keys;
  await writePrivate(KEY_FILES.log, log);
  await writePrivate(KEY_FILES.packageEdDsa, packages[0]);
  await writePrivate(KEY_FILES.packageEs256, packages[1]);
  await write(KEY_FILES.record, { kid: record.kid, secret: toBase64Url(record.secret) });
  const jwks = formatJwks(packages.map(toVerificationKey));
  await writeWhole(join(folder, KEY_FILES.jwks), jwks, PUBLIC_FILE);
  const vkey = `${formatVkey(origin, log)}\n`;
  await writeWhole(join(folder, KEY_FILES.vkey), vkey, PUBLIC_FILE);
}

function keysExistError(folder: string, cause?: unknown): CliError {
  return new CliError('CLI_KEYS_EXIST', `${folder}: keys already exist`, {
    details: { folder },
    ...(cause === undefined ? {} : { cause }),
  });
}

const TAKEN: readonly string[] = ['EEXIST', 'ENOTEMPTY', 'ENOTDIR'];

/** Moves a finished folder to its place; fails if anything is there. */
async function place(beside: string, folder: string): Promise<void> {
  try {
    await rename(beside, folder);
    await syncFolder(dirname(folder));
  } catch (cause) {
    if (TAKEN.includes(systemCode(cause))) throw keysExistError(folder, cause);
    throw new CliError('CLI_FILE_UNWRITABLE', `${folder}: cannot be written`, {
      details: { folder },
      cause,
    });
  }
}

/**
 * Makes the keys of a workspace, all or none: a folder of mode 0700 with files that only their
 * owner can read, and beside them the public keys for auditors.
 *
 * @throws {CliError} `CLI_KEYS_EXIST` when there are keys already: they are never written over.
 *   `CLI_WORKSPACE_EXISTS` when there is a log: its records are signed by keys that are not here.
 */
export async function makeKeys(paths: WorkspacePaths, origin: string): Promise<WorkspaceKeys> {
  for (const file of Object.values(KEY_FILES)) {
    if (await exists(join(paths.keys, file))) throw keysExistError(paths.keys);
  }
  if (await exists(paths.store)) {
    throw new CliError(
      'CLI_WORKSPACE_EXISTS',
      `${paths.store}: this log was written with other keys; restore those keys`,
      { details: { file: paths.store } },
    );
  }
  const keys = await generate();
  const beside = await mkdtemp(join(paths.root, '.keys-')).catch((cause) => {
    throw new CliError('CLI_FILE_UNWRITABLE', `${paths.root}: cannot be written`, {
      details: { folder: paths.root },
      cause,
    });
  });
  try {
    await writeKeys(beside, keys, origin);
    await place(beside, paths.keys);
    return keys;
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}
