/** Signature algorithms a token may use: asymmetric ones only (RFC 7518, RFC 8037). */
export const JWT_ALGORITHMS = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA'] as const),
] as const;

/** One of the algorithms a token may use. */
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

const CURVES: Readonly<Record<string, JwtAlgorithm>> = {
  'EC P-256': 'ES256',
  'EC P-384': 'ES384',
  'EC P-521': 'ES512',
  'OKP Ed25519': 'EdDSA',
};

/** Whether a key of this kind can make such a signature. */
export function fits(algorithm: JwtAlgorithm, kty: string, crv: string | undefined): boolean {
  if (kty === 'RSA') return algorithm.startsWith('RS') || algorithm.startsWith('PS');
  return CURVES[`${kty} ${crv ?? ''}`] === algorithm;
}

/** Whether a value names an algorithm a token may use. */
export function isAlgorithm(value: unknown): value is JwtAlgorithm {
  return JWT_ALGORITHMS.some((algorithm) => algorithm === value);
}
