import { mod, toNumber } from './modular.js';

// The curve of FIPS 186-4, D.1.2.3.
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** The group order n of P-256. */
export const P256_N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Why two 32-byte coordinates are not a point of P-256, or `undefined` if they are. */
export function p256PointFault(xBytes: Uint8Array, yBytes: Uint8Array): string | undefined {
  const x = toNumber(xBytes);
  const y = toNumber(yBytes);
  if (x >= P || y >= P) return 'not canonical';
  return mod(y * y - (x * x * x - 3n * x + B), P) === 0n ? undefined : 'not on the curve';
}
