import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordSecret } from '@spanforge/core-events/log';
import {
  deriveTenantKey,
  fromBase64Url,
  importSigningKey,
  type JsonValue,
  type KeyAlgorithm,
  parseJson,
  SigningError,
  type SigningKey,
} from '@spanforge/core-signing';
import { z } from 'zod';
import { CliError } from '../error.js';
import { exists, readRegular } from '../files/read.js';
import type { WorkspacePaths } from './config.js';

/** The keys of a workspace. Each has one role. */
export interface WorkspaceKeys {
  /** Ed25519; signs checkpoints. */
  readonly log: SigningKey;
  /** One Ed25519 and one ES256 key; they sign packages. */
  readonly packages: readonly SigningKey[];
  /** Signs every record by HMAC. */
  readonly record: RecordSecret;
  /** Replaced record secrets, oldest first, for verifying the records they signed. */
  readonly earlierRecords: readonly RecordSecret[];
}

/** File names in the folder of keys. The last two are public. */
export const KEY_FILES = {
  log: 'log.jwk.json',
  packageEdDsa: 'package-eddsa.jwk.json',
  packageEs256: 'package-es256.jwk.json',
  record: 'record.json',
  jwks: 'package.jwks.json',
  vkey: 'log.vkey',
} as const;

/** Folder of replaced record secrets, within the folder of keys. */
export const EARLIER_FOLDER = 'earlier';

/** The files that only the owner may read. */
export const PRIVATE_KEY_FILES: readonly string[] = [
  KEY_FILES.log,
  KEY_FILES.packageEdDsa,
  KEY_FILES.packageEs256,
  KEY_FILES.record,
];

const MAX_BYTES = 16 * 1024;

const recordSchema = z.strictObject({
  kid: z.string().min(1),
  secret: z.string().min(1),
  last_good_size: z.int().min(0).optional(),
});

/** The files with the public keys, which an auditor must get separately from the package. */
export function anchorPaths(paths: WorkspacePaths): {
  readonly jwks: string;
  readonly vkey: string;
} {
  return { jwks: join(paths.keys, KEY_FILES.jwks), vkey: join(paths.keys, KEY_FILES.vkey) };
}

async function readKeyBytes(path: string): Promise<Uint8Array> {
  try {
    return await readRegular(path, MAX_BYTES);
  } catch (error) {
    if (!CliError.is(error) || error.details.reason !== 'ENOENT') throw error;
    throw new CliError(
      'CLI_KEYS_MISSING',
      `${path}: no such key; make keys with: spanforge keys init`,
      { details: { file: path }, cause: error },
    );
  }
}

function invalidError(path: string, why: string, reason: string): CliError {
  return new CliError('CLI_KEY_INVALID', `${path}: ${why}`, { details: { file: path, reason } });
}

/** Reads one key file; no message or cause contains any of its content. */
async function readKeyFile<Key>(
  path: string,
  what: string,
  use: (value: JsonValue) => Key | Promise<Key>,
): Promise<Key> {
  const bytes = await readKeyBytes(path);
  try {
    return await use(parseJson(bytes));
  } catch (error) {
    if (!SigningError.is(error)) throw invalidError(path, `not ${what}`, 'unexpected_form');
    throw invalidError(path, `not ${what}: ${error.message}`, error.code);
  }
}

async function readSigningKey(
  path: string,
  role: 'log' | 'package',
  alg: KeyAlgorithm,
): Promise<SigningKey> {
  const what = `a private ${alg} key`;
  const key = await readKeyFile(path, what, (value) => importSigningKey(value, role));
  if (key.alg === alg) return key;
  throw invalidError(path, `not ${what}`, 'another_algorithm');
}

/** Reads a record secret: JSON with `kid` and `secret`. @throws {CliError} as {@link readKeys}. */
export function readSecret(path: string): Promise<RecordSecret> {
  return readKeyFile(path, 'a record key', (value) => {
    const { kid, secret: text, last_good_size: lastGoodSize } = recordSchema.parse(value);
    const secret = fromBase64Url(text);
    // Deriving a key refuses a weak secret; done even if records are not signed.
    deriveTenantKey({ kid, secret, tenant: 'system' });
    return lastGoodSize === undefined ? { kid, secret } : { kid, secret, lastGoodSize };
  });
}

/** The replaced secrets; a kid begins with the time of its making. */
async function readEarlier(folder: string, current: string): Promise<readonly RecordSecret[]> {
  if (!(await exists(folder))) return [];
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const secrets = await Promise.all(files.map((name) => readSecret(join(folder, name))));
  // A rotation that was interrupted leaves the secret in both places.
  return secrets.filter(({ kid }) => kid !== current);
}

/**
 * Reads the keys of a workspace. There is no fallback key.
 *
 * @throws {CliError} `CLI_KEYS_MISSING`; `CLI_KEY_INVALID` for a file that holds something else, a
 *   weak record secret, or one key under two roles; `CLI_FILE_UNREADABLE`.
 */
export async function readKeys(paths: WorkspacePaths): Promise<WorkspaceKeys> {
  const at = (file: string): string => join(paths.keys, file);
  const log = await readSigningKey(at(KEY_FILES.log), 'log', 'Ed25519');
  const packages = [
    await readSigningKey(at(KEY_FILES.packageEdDsa), 'package', 'Ed25519'),
    await readSigningKey(at(KEY_FILES.packageEs256), 'package', 'ES256'),
  ];
  if (packages.some(({ kid }) => kid === log.kid)) {
    throw invalidError(at(KEY_FILES.log), 'this key signs packages too', 'two_roles');
  }
  const record = await readSecret(at(KEY_FILES.record));
  const earlierRecords = await readEarlier(at(EARLIER_FOLDER), record.kid);
  return { log, packages, record, earlierRecords };
}
