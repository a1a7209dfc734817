import { fromBase64, toBase64 } from '../bytes.js';

// 32 bytes leave four bits in the last character: only every fourth one is canonical.
const HASH_TEXT = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/**
 * Parses a hash from its base64 line; undefined for anything but the canonical spelling of 32
 * bytes.
 */
export function readHash(text: string | undefined): Uint8Array | undefined {
  return text !== undefined && HASH_TEXT.test(text) ? fromBase64(text) : undefined;
}

/** Hashes as base64, one per line, each line ended. */
export function hashLines(hashes: readonly Uint8Array[]): string {
  return hashes.map((hash) => `${toBase64(hash)}\n`).join('');
}
