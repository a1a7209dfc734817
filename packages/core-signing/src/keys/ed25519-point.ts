import { mod, power, toNumber } from './modular.js';

/** The field prime of RFC 7748 and RFC 8032, 2^255 - 19. */
export const ED25519_P = (1n << 255n) - 19n;
/** The curve constant d of RFC 8032, section 5.1: -121665/121666. */
export const ED25519_D = mod(-121665n * power(121666n, ED25519_P - 2n, ED25519_P), ED25519_P);
/** The group order L of RFC 8032, section 5.1. */
export const ED25519_L = (1n << 252n) + 27742317777372353535851937790883648493n;

const ORDER_EIGHT = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
/** The y coordinates of the eight points whose order divides 8. */
const SMALL_ORDER = new Set([0n, 1n, ED25519_P - 1n, ORDER_EIGHT, ED25519_P - ORDER_EIGHT]);

/**
 * Why 32 bytes are not an acceptable Ed25519 public key (RFC 8032, section 5.1.3), or `undefined`
 * if they are.
 */
export function ed25519PointFault(encoded: Uint8Array): string | undefined {
  const y = toNumber(Uint8Array.from(encoded).reverse()) & ((1n << 255n) - 1n);
  if (y >= ED25519_P) return 'not canonical';
  if (SMALL_ORDER.has(y)) return 'small order';
  return isOnCurve(y) ? undefined : 'not on the curve';
}

/** True if x^2 = (y^2 - 1) / (d y^2 + 1) has a root; u/v is a square when u*v is. */
function isOnCurve(y: bigint): boolean {
  const squared = y * y;
  const product = (squared - 1n) * (ED25519_D * squared + 1n);
  return power(product, (ED25519_P - 1n) / 2n, ED25519_P) === 1n;
}
