import { SigningError } from '../error.js';

const MIN_BYTES = 32;
const MAX_PERIOD = 16;
const WHITE_SPACE = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20]);

/**
 * Refuses a weak secret: fewer than 32 bytes without surrounding white space, or a short unit
 * repeated, such as `0000…` or `changemechangeme…`.
 */
export function assertStrongSecret(secret: Uint8Array): void {
  const reason = weakness(secret);
  if (reason === undefined) return;
  throw new SigningError('SIGNING_SECRET_WEAK', `the secret cannot be used: ${reason}`, {
    details: { reason, minBytes: MIN_BYTES },
  });
}

function weakness(secret: Uint8Array): string | undefined {
  if (!ArrayBuffer.isView(secret)) return 'not bytes';
  // Random bytes may contain white space anywhere; only text is trimmed.
  const core = secret.every(isText) ? trim(secret) : secret;
  if (core.length < MIN_BYTES) return 'too short';
  for (let period = 1; period <= MAX_PERIOD; period += 1) {
    if (core.every((byte, index) => index < period || byte === core[index - period])) {
      return 'repetitive';
    }
  }
  return undefined;
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte <= 0x7e) || WHITE_SPACE.has(byte);
}

function trim(secret: Uint8Array): Uint8Array {
  let start = 0;
  let end = secret.length;
  while (start < end && WHITE_SPACE.has(secret[start] ?? 0)) start += 1;
  while (end > start && WHITE_SPACE.has(secret[end - 1] ?? 0)) end -= 1;
  return secret.subarray(start, end);
}
