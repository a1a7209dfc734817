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

/**
 * A key management service in a folder (mode 0700): for one machine and for tests. Keys are files
 * of mode 0600; the newest wraps, the others unwrap until they are retired. Whoever can read the
 * folder can read everything, so store it and its back-ups apart from the evidence.
 */
export function createFileKms(folder: string): FileKms {
  const pathOf = (id: string) => join(folder, `kek-${id}.key`);

  async function keyIds(): Promise<readonly string[]> {
    const names = await readdir(folder).catch((error: unknown) => {
      if (isMissing(error)) return [] as string[];
      throw error;
    });
    return names.flatMap((name) => KEY_FILE.exec(name)?.[1] ?? []).sort();
  }

  async function makeKey(): Promise<string> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const last = (await keyIds()).at(-1)?.slice(0, 6) ?? '000000';
    const number = String(Number(last) + 1).padStart(6, '0');
    const id = `${number}-${randomBytes(8).toString('hex')}`;
    await writeDurably(pathOf(id), randomBytes(32));
    return id;
  }

  async function currentId(): Promise<string> {
    return (await keyIds()).at(-1) ?? makeKey();
  }

  async function readKey(id: string): Promise<Buffer> {
    try {
      return await readFile(pathOf(id));
    } catch (cause) {
      if (!isMissing(cause)) throw unavailableError(cause);
      throw new EnterpriseError('ENTERPRISE_KMS_KEY_RETIRED', 'the wrapping key was retired', {
        details: { keyId: id },
        cause,
      });
    }
  }

  async function signingKey() {
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

  return {
    rotate: () => makeKey(),
    async wrap(dataKey, context) {
      try {
        const keyId = await currentId();
        const nonce = randomBytes(NONCE);
        const cipher = createCipheriv('aes-256-gcm', await readKey(keyId), nonce);
        cipher.setAAD(aad(context));
        const sealed = Buffer.concat([cipher.update(dataKey), cipher.final()]);
        const wrapped = Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
        return { keyId, wrapped };
      } catch (cause) {
        throw unavailableError(cause);
      }
    },
    async unwrap({ keyId, wrapped }, context) {
      const key = await readKey(keyId);
      try {
        const bytes = Buffer.from(wrapped, 'base64url');
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE));
        decipher.setAAD(aad(context));
        decipher.setAuthTag(bytes.subarray(-TAG));
        return Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
      } catch (cause) {
        throw new EnterpriseError('ENTERPRISE_KEY_INVALID', 'a wrapped key was changed', { cause });
      }
    },
    async sign(message) {
      const jwk = await signingKey();
      const signature = sign(null, message, createPrivateKey({ key: jwk as never, format: 'jwk' }));
      return { keyId: jwk.x, signature };
    },
    async retire(keyId) {
      if (!KEY_FILE.test(`kek-${keyId}.key`)) {
        throw new EnterpriseError('ENTERPRISE_KEY_INVALID', 'not the id of a wrapping key');
      }
      await destroyFile(pathOf(keyId)).catch((cause) => {
        throw unavailableError(cause);
      });
    },
  };
}
