import { RbacError } from '../error.js';

/** Why a token was refused; a stable word for machines. */
export type JwtFault =
  | 'malformed'
  | 'algorithm'
  | 'critical_header'
  | 'key_unknown'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'expiry'
  | 'not_yet_valid'
  | 'claims';

/** The error of a refused token. It repeats nothing from the token. */
export function tokenRefusedError(fault: JwtFault, cause?: unknown): RbacError {
  return new RbacError('RBAC_JWT_INVALID', `the token is refused: ${fault}`, {
    details: { fault },
    cause,
  });
}

/** The error of a key set that is refused. */
export function keysRefusedError(expectation: string, cause?: unknown): RbacError {
  return new RbacError('RBAC_JWKS_INVALID', `key set: ${expectation}`, {
    details: { expectation },
    cause,
  });
}
