import { join } from 'node:path';
import { createIds, createRandom } from '@spanforge/core-events';
import type { RecordSecret } from '@spanforge/core-events/log';
import {
  formatJwks,
  formatVkey,
  fromBase64Url,
  fromUtf8,
  generateSigningKey,
  importSigningKey,
  parseJson,
  type SigningKey,
  toBase64Url,
  toVerificationKey,
} from '@spanforge/core-signing';
import { z } from 'zod';
import { CliError } from '../error.js';
import type { WorkspacePaths } from './config.js';
import { exists, makePrivateFolder, readRegular, writeWhole } from './files.js';

/** The keys of a workspace. Each serves one role. */
export interface WorkspaceKeys {
  /** Ed25519; signs checkpoints. */
  readonly log: SigningKey;
  /** One Ed25519 and one ES256 key; they sign packages. */
  readonly packages: readonly SigningKey[];
  /** Signs every record by HMAC. */
  readonly record: RecordSecret;
}

const FILES = {
  log: 'log.jwk.json',
  packageEdDsa: 'package-eddsa.jwk.json',
  packageEs256: 'package-es256.jwk.json',
  record: 'record.json',
} as const;

const PUBLIC_JWKS = 'package.jwks.json';
const PUBLIC_VKEY = 'log.vkey';
const MAX_BYTES = 16 * 1024;
const SECRET_BYTES = 32;
const PUBLIC_FILE = 0o644;

const recordSchema = z.strictObject({ kid: z.string().min(1), secret: z.string().min(1) });

/** What an auditor needs to be given by another way than the package: the public keys. */
export function anchorPaths(paths: WorkspacePaths): {
  readonly jwks: string;
  readonly vkey: string;
} {
  return { jwks: join(paths.keys, PUBLIC_JWKS), vkey: join(paths.keys, PUBLIC_VKEY) };
}

/**
 * Makes the keys of a workspace: files that only their owner can read, and beside them the public
 * keys to be given to auditors.
 *
 * @throws {CliError} `CLI_KEYS_EXIST` when there are keys already: they are never written over.
 */
export async function makeKeys(paths: WorkspacePaths, origin: string): Promise<WorkspaceKeys> {
  for (const file of Object.values(FILES)) {
    if (await exists(join(paths.keys, file))) {
      throw new CliError('CLI_KEYS_EXIST', `${paths.keys}: there are keys already`, {
        details: { folder: paths.keys },
      });
    }
  }
  await makePrivateFolder(paths.keys);
  const log = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
  const packages = [
    await generateSigningKey({ alg: 'Ed25519', role: 'package' }),
    await generateSigningKey({ alg: 'ES256', role: 'package' }),
  ];
  const record = { kid: `record-${createIds()()}`, secret: createRandom()(SECRET_BYTES) };
  const write = (file: string, value: unknown): Promise<void> =>
    writeWhole(join(paths.keys, file), `${JSON.stringify(value, null, 2)}\n`);
  await write(FILES.log, await log.exportPrivateJwk());
  await write(FILES.packageEdDsa, await packages[0]?.exportPrivateJwk());
  await write(FILES.packageEs256, await packages[1]?.exportPrivateJwk());
  await write(FILES.record, { kid: record.kid, secret: toBase64Url(record.secret) });
  await writeWhole(
    join(paths.keys, PUBLIC_JWKS),
    formatJwks(packages.map(toVerificationKey)),
    PUBLIC_FILE,
  );
  await writeWhole(join(paths.keys, PUBLIC_VKEY), `${formatVkey(origin, log)}\n`, PUBLIC_FILE);
  return { log, packages, record };
}

async function readKey(
  paths: WorkspacePaths,
  file: string,
  role: 'log' | 'package',
): Promise<SigningKey> {
  const path = join(paths.keys, file);
  const bytes = await readRegular(path, MAX_BYTES).catch((cause) => {
    throw new CliError(
      'CLI_KEYS_MISSING',
      `${path}: no such key; make keys with: spanforge keys init`,
      {
        details: { file: path },
        cause,
      },
    );
  });
  try {
    return await importSigningKey(parseJson(bytes) as never, role);
  } catch (cause) {
    throw new CliError('CLI_WORKSPACE_INVALID', `${path}: not a private key of the right kind`, {
      details: { file: path },
      cause,
    });
  }
}

async function readSecret(paths: WorkspacePaths): Promise<RecordSecret> {
  const path = join(paths.keys, FILES.record);
  const bytes = await readRegular(path, MAX_BYTES).catch((cause) => {
    throw new CliError(
      'CLI_KEYS_MISSING',
      `${path}: no such key; make keys with: spanforge keys init`,
      {
        details: { file: path },
        cause,
      },
    );
  });
  try {
    const { kid, secret } = recordSchema.parse(parseJson(fromUtf8(bytes)));
    return { kid, secret: fromBase64Url(secret) };
  } catch (cause) {
    throw new CliError('CLI_WORKSPACE_INVALID', `${path}: not a record key`, {
      details: { file: path },
      cause,
    });
  }
}

/** @throws {CliError} `CLI_KEYS_MISSING`, `CLI_WORKSPACE_INVALID`. There is no fallback key. */
export async function readKeys(paths: WorkspacePaths): Promise<WorkspaceKeys> {
  return {
    log: await readKey(paths, FILES.log, 'log'),
    packages: [
      await readKey(paths, FILES.packageEdDsa, 'package'),
      await readKey(paths, FILES.packageEs256, 'package'),
    ],
    record: await readSecret(paths),
  };
}
