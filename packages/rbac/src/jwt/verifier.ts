import { type Clock, systemClock } from '@spanforge/core-events';
import { type CryptoKey, errors, jwtVerify } from 'jose';
import type { ActorRoles } from '../actor.js';
import { RbacError } from '../error.js';
import { isAlgorithm, type JwtAlgorithm } from './algorithms.js';
import { checkClaims, toActor } from './claims.js';
import type { KeyHint } from './jwks.js';
import type { KeySource } from './key-source.js';
import { type JwtFault, tokenRefusedError } from './refuse.js';
import { type Claims, readHeader, splitToken } from './token.js';

/** Which tokens are accepted. Only clock and tolerance have a default. */
export interface JwtVerifierOptions {
  readonly keys: KeySource;
  /** The accepted algorithms, at least one; never symmetric ones or `none`. */
  readonly algorithms: readonly JwtAlgorithm[];
  /** The exact value of the claim `iss`. */
  readonly issuer: string;
  /** One of these has to be in `aud`. */
  readonly audience: string | readonly string[];
  readonly clock?: Clock;
  /** How far clocks may differ, 0 to 300 seconds; 0 when absent. */
  readonly clockToleranceSeconds?: number;
}

/** Verifies tokens of one issuer. */
export interface JwtVerifier {
  /**
   * Verifies a signed token (RFC 7519, RFC 8725) and returns the actor that it names.
   *
   * Required: a signature by one of the keys with one of the algorithms, `iss`, `aud`, `exp`, `sub`.
   *
   * @throws {RbacError} `RBAC_JWT_INVALID` with `details.fault`, `RBAC_KEYS_UNAVAILABLE`.
   */
  verify(token: string): Promise<ActorRoles>;
}

const isText = (value: unknown): boolean => typeof value === 'string' && value.length > 0;

const EXPECTED = {
  algorithms: 'at least one asymmetric algorithm',
  issuer: 'text',
  audience: 'one or more texts',
  clockToleranceSeconds: '0 to 300',
} as const;

function checkOptions(options: JwtVerifierOptions): void {
  const { algorithms, issuer, audience, clockToleranceSeconds: tolerance = 0 } = options;
  const audiences = Array.isArray(audience) ? audience : [audience];
  const faults: Readonly<Record<keyof typeof EXPECTED, boolean>> = {
    algorithms:
      !Array.isArray(algorithms) || algorithms.length === 0 || !algorithms.every(isAlgorithm),
    issuer: !isText(issuer),
    audience: audiences.length === 0 || !audiences.every(isText),
    clockToleranceSeconds: !(tolerance >= 0 && tolerance <= 300),
  };
  const option = (Object.keys(EXPECTED) as (keyof typeof EXPECTED)[]).find((name) => faults[name]);
  if (option === undefined) return;
  throw new RbacError('RBAC_OPTIONS_INVALID', `${option}: expected ${EXPECTED[option]}`, {
    details: { option },
  });
}

/**
 * The one key that a token's header may be verified with.
 *
 * @throws {RbacError} `RBAC_JWT_INVALID`, `RBAC_KEYS_UNAVAILABLE`.
 */
export async function findKey(hint: KeyHint, keys: KeySource): Promise<CryptoKey> {
  const key = await keys.find(hint).catch((cause: unknown) => {
    throw RbacError.is(cause) ? cause : tokenRefusedError('key_unknown', cause);
  });
  if (key === undefined) throw tokenRefusedError('key_unknown');
  return key;
}

const CLAIM_FAULTS: Readonly<Record<string, JwtFault>> = {
  iss: 'issuer',
  aud: 'audience',
  exp: 'expiry',
  nbf: 'not_yet_valid',
};

/** Translates an error of jose; any error before the claims is a fault of the signature. */
function faultOf(error: unknown): JwtFault {
  if (error instanceof errors.JWTExpired) return 'expiry';
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'signature';
  return error.reason === 'invalid' ? 'claims' : (CLAIM_FAULTS[error.claim] ?? 'claims');
}

/**
 * Creates a verifier of JSON Web Tokens.
 *
 * @throws {RbacError} `RBAC_OPTIONS_INVALID`.
 */
export function createJwtVerifier(options: JwtVerifierOptions): JwtVerifier {
  checkOptions(options);
  const { keys, issuer, clock = systemClock, clockToleranceSeconds = 0 } = options;
  const algorithms = [...options.algorithms];
  const audience = [options.audience].flat();

  async function verifyClaims(token: string, claims: Claims, hint: KeyHint): Promise<void> {
    const key = await findKey(hint, keys);
    const currentDate = new Date(clock());
    // With an invalid date every comparison would be false, and nothing would ever expire.
    if (Number.isNaN(currentDate.getTime())) throw tokenRefusedError('expiry');
    const expected = { issuer, audience, requiredClaims: ['exp'] };
    const time = { currentDate, clockTolerance: clockToleranceSeconds };
    try {
      await jwtVerify(token, key, { algorithms: [hint.algorithm], ...expected, ...time });
    } catch (cause) {
      const fault = faultOf(cause);
      // An invalid claim is reported before what follows from its value.
      if (fault !== 'signature' && fault !== 'issuer') checkClaims(claims);
      throw tokenRefusedError(fault, cause);
    }
    const issuedAt = checkClaims(claims);
    const nowSeconds = currentDate.getTime() / 1000;
    if (issuedAt > nowSeconds + clockToleranceSeconds) throw tokenRefusedError('not_yet_valid');
  }

  return {
    async verify(token) {
      const { header, claims } = splitToken(token);
      await verifyClaims(token, claims, readHeader(header, algorithms));
      return toActor(claims);
    },
  };
}
