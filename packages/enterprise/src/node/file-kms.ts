import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalize } from '@spanforge/core-signing';
import { EnterpriseError } from '../error.js';
import type { KeyContext, Kms } from '../kms/kms.js';
import { destroyFile, isMissing, writeDurably } from './durable.js';

const NONCE = 12;
const TAG = 16;
/** The number counts wrapping keys; the one with the highest number wraps. */
const KEY_FILE = /^kek-(\d{6}-[0-9a-f]{16})\.key$/;
const SIGNING_FILE = 'signing.jwk';

function unavailableError(cause: unknown): EnterpriseError {
  if (EnterpriseError.is(cause)) return cause;
  return new EnterpriseError('ENTERPRISE_KMS_UNAVAILABLE', 'the key folder cannot be used', {
    cause,
  });
}

const aad = (context: KeyContext): Buffer => Buffer.from(canonicalize(context));

/** A key management service that can make its own keys. */
export interface FileKms extends Kms {
  /** Makes a new wrapping key and returns its id. What was wrapped before stays readable. */
  rotate(): Promise<string>;
}

function pathOf(folder: string, id: string): string {
  return join(folder, `kek-${id}.key`);
}

/** The wrapping keys of a folder, oldest first. */
async function keyIds(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [] as string[];
    throw error;
  });
  return names.flatMap((name) => KEY_FILE.exec(name)?.[1] ?? []).sort();
}

async function makeKey(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const last = (await keyIds(folder)).at(-1)?.slice(0, 6) ?? '000000';
  const number = String(Number(last) + 1).padStart(6, '0');
  const id = `${number}-${randomBytes(8).toString('hex')}`;
  await writeDurably(pathOf(folder, id), randomBytes(32));
  return id;
}

async function readKey(folder: string, id: string): Promise<Buffer> {
  try {
    return await readFile(pathOf(folder, id));
  } catch (cause) {
    if (!isMissing(cause)) throw unavailableError(cause);
    throw new EnterpriseError('ENTERPRISE_KMS_KEY_RETIRED', 'the wrapping key was retired', {
      details: { keyId: id },
      cause,
    });
  }
}

/** The key that signs; made when it is first asked for. */
async function signingKey(folder: string): Promise<{ readonly x: string }> {
  const path = join(folder, SIGNING_FILE);
  const text = await readFile(path, 'utf8').catch(async (error: unknown) => {
    if (!isMissing(error)) throw unavailableError(error);
    const { privateKey } = generateKeyPairSync('ed25519');
    const made = JSON.stringify(privateKey.export({ format: 'jwk' }));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeDurably(path, Buffer.from(made));
    return made;
  });
  return JSON.parse(text) as { readonly x: string };
}

/** Nonce, ciphertext and tag in base64url; the context is authenticated with them. */
function seal(key: Uint8Array, dataKey: Uint8Array, context: KeyContext): string {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(aad(context));
  const sealed = Buffer.concat([cipher.update(dataKey), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** @throws when the key, the context or a byte is another. */
function unseal(key: Uint8Array, wrapped: string, context: KeyContext): Buffer {
  const bytes = Buffer.from(wrapped, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE));
  decipher.setAAD(aad(context));
  decipher.setAuthTag(bytes.subarray(-TAG));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
}

/**
 * A key management service in a folder (mode 0700): for one machine and for tests. Keys are files
 * of mode 0600; the newest wraps, the others unwrap until they are retired. Whoever can read the
 * folder can read everything, so store it and its back-ups apart from the evidence.
 */
export function createFileKms(folder: string): FileKms {
  return {
    rotate: () => makeKey(folder),
    async wrap(dataKey, context) {
      try {
        const keyId = (await keyIds(folder)).at(-1) ?? (await makeKey(folder));
        return { keyId, wrapped: seal(await readKey(folder, keyId), dataKey, context) };
      } catch (cause) {
        throw unavailableError(cause);
      }
    },
    async unwrap({ keyId, wrapped }, context) {
      const key = await readKey(folder, keyId);
      try {
        return unseal(key, wrapped, context);
      } catch (cause) {
        throw new EnterpriseError('ENTERPRISE_KEY_INVALID', 'a wrapped key was changed', { cause });
      }
    },
    async sign(message) {
      const jwk = await signingKey(folder);
      const signature = sign(null, message, createPrivateKey({ key: jwk as never, format: 'jwk' }));
      return { keyId: jwk.x, signature };
    },
    async retire(keyId) {
      if (!KEY_FILE.test(`kek-${keyId}.key`)) {
        throw new EnterpriseError('ENTERPRISE_KEY_INVALID', 'not the id of a wrapping key');
      }
      await destroyFile(pathOf(folder, keyId)).catch((cause) => {
        throw unavailableError(cause);
      });
    },
  };
}
