import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EnterpriseError } from '../error.js';
import type { KeyStore, StoredKey } from '../vault/key-store.js';
import { destroyFile, isMissing, writeDurably } from './durable.js';

const id = z.string().regex(/^[0-9A-Za-z_-]{22}$/);
const schema = z.strictObject({
  v: z.literal('spanforge.subject-key.v1'),
  id,
  holder: z.string().regex(/^[0-9A-Za-z_-]{43}$/),
  keyId: z.string().min(1).max(2048),
  wrapped: z.string().min(1).max(16_384),
});

const KEY_FILE = /^key-([0-9A-Za-z_-]{22})\.json$/;
const SALT_FILE = 'salt';

async function readKey(path: string): Promise<StoredKey | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new EnterpriseError('ENTERPRISE_KEY_INVALID', 'a stored key cannot be read');
  }
  const { v: _, ...key } = parsed.data;
  return key;
}

/** The salt of a folder; made when it is first asked for. */
async function readSalt(folder: string): Promise<Uint8Array> {
  const path = join(folder, SALT_FILE);
  const found = await readFile(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (found !== undefined) return found;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const made = `${path}.${randomBytes(8).toString('hex')}`;
  await writeDurably(made, randomBytes(32));
  // Another process created it first.
  await link(made, path).catch(() => undefined);
  await unlink(made);
  return readFile(path);
}

/**
 * Keeps wrapped data keys in a folder: `key-<id>.json` with a hard link `holder-<pseudonym>.json` to the
 * same file, so that two processes make one key for a subject. Back it up apart from the evidence, and
 * keep no back-up longer than erased data may live.
 */
export function createFileKeyStore(folder: string): KeyStore {
  const keyPath = (name: string) => join(folder, `key-${name}.json`);
  const holderPath = (holder: string) => join(folder, `holder-${holder}.json`);

  return {
    salt: () => readSalt(folder),
    findByHolder: (holder) => readKey(holderPath(holder)),
    findById: (wanted) => readKey(keyPath(wanted)),
    async add(key) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const text = `${JSON.stringify({ v: 'spanforge.subject-key.v1', ...key })}\n`;
      await writeDurably(keyPath(key.id), Buffer.from(text));
      try {
        await link(keyPath(key.id), holderPath(key.holder));
        return key;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        await destroyFile(keyPath(key.id));
        const standing = await readKey(holderPath(key.holder));
        if (standing !== undefined) return standing;
        throw new EnterpriseError(
          'ENTERPRISE_KEY_INVALID',
          'the key of a subject disappeared while it was read',
        );
      }
    },
    async destroy(wanted) {
      const key = await readKey(keyPath(wanted)).catch(() => undefined);
      // Removes the name first, then the bytes: after a crash in between the key is still found by
      // its id.
      if (key !== undefined) await unlink(holderPath(key.holder)).catch(() => undefined);
      await destroyFile(keyPath(wanted));
    },
    async *list() {
      const names = await readdir(folder).catch((error: unknown) => {
        if (isMissing(error)) return [] as string[];
        throw error;
      });
      for (const name of names) {
        const found = KEY_FILE.exec(name)?.[1];
        if (found !== undefined) yield found;
      }
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
