import { ED25519_L } from './ed25519-point.js';
import { toNumber } from './modular.js';
import { P256_N } from './p256-point.js';
import type { KeyAlgorithm } from './types.js';

/** Both algorithms make 64 bytes: `R || S` (RFC 8032) and `r || s` (IEEE P1363). */
export const SIGNATURE_LENGTH = 64;

/**
 * Whether bytes can be a signature at all; checked here so that every platform is equally strict.
 */
export function isSignatureForm(alg: KeyAlgorithm, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_LENGTH) return false;
  if (signature.every((byte) => byte === 0)) return false;
  const second = signature.subarray(32);
  if (alg === 'Ed25519') return toNumber(Uint8Array.from(second).reverse()) < ED25519_L;
  return isP256Scalar(toNumber(signature.subarray(0, 32))) && isP256Scalar(toNumber(second));
}

function isP256Scalar(value: bigint): boolean {
  return value > 0n && value < P256_N;
}
