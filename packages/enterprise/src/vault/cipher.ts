import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { pad, unpad } from './padding.js';

const NONCE = 12;
const TAG = 16;

/**
 * Encrypts ASCII with AES-256-GCM (NIST SP 800-38D) under a random nonce of 96 bits: base64url of
 * nonce, ciphertext and tag. A key seals at most 2^32 texts; keys belong to one subject each.
 *
 * @param bound Authenticated with the text; decryption needs the same value.
 */
export function sealText(key: Uint8Array, text: string, bound: string): string {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(bound));
  const sealed = Buffer.concat([cipher.update(pad(text), 'latin1'), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** Decrypts the result of {@link sealText}; `undefined` if it was changed or sealed differently. */
export function openText(key: Uint8Array, sealed: string, bound: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < NONCE + TAG) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE));
    decipher.setAAD(Buffer.from(bound));
    decipher.setAuthTag(bytes.subarray(-TAG));
    const opened = Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
    return unpad(opened.toString('latin1'));
  } catch {
    return undefined;
  }
}
