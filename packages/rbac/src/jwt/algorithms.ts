/** Signature algorithms a token may use: asymmetric ones only (RFC 7518, RFC 8037). */
export const JWT_ALGORITHMS = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA'] as const),
] as const;

/** One of the algorithms a token may use. */
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

/** Whether a value names an algorithm a token may use. */
export function isAlgorithm(value: unknown): value is JwtAlgorithm {
  return JWT_ALGORITHMS.some((algorithm) => algorithm === value);
}
