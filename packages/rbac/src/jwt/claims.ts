import { type ActorRoles, parseActorWire } from '../actor.js';
import { refuseToken } from './refuse.js';
import type { Claims } from './token.js';
import type { JwtVerifierOptions } from './verifier.js';

/** Seconds since 1970 that are milliseconds by mistake: 1e11 seconds is the year 5138. */
const MILLISECONDS = 1e11;

function seconds(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value >= 0) || value >= MILLISECONDS) {
    throw refuseToken('claims');
  }
  return value;
}

function names(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  if (!list.every((one) => typeof one === 'string')) throw refuseToken('audience');
  return list;
}

/** What a verifier expects of the registered claims (RFC 7519, section 4.1). */
export type ClaimRules = Pick<JwtVerifierOptions, 'issuer' | 'audience'> & {
  readonly nowSeconds: number;
  readonly toleranceSeconds: number;
};

/** Checks issuer, audience and times. @throws {RbacError} `RBAC_JWT_INVALID`. */
export function checkClaims(claims: Claims, rules: ClaimRules): void {
  const { issuer, audience, nowSeconds, toleranceSeconds } = rules;
  if (claims.iss !== issuer) throw refuseToken('issuer');
  if (claims.aud === undefined) throw refuseToken('audience');
  const accepted = names(audience);
  if (!names(claims.aud).some((one) => accepted.includes(one))) throw refuseToken('audience');
  const expires = seconds(claims.exp);
  if (expires === undefined || !(nowSeconds < expires + toleranceSeconds)) {
    throw refuseToken('expiry');
  }
  const from = Math.max(seconds(claims.nbf) ?? 0, seconds(claims.iat) ?? 0);
  if (from > nowSeconds + toleranceSeconds) throw refuseToken('not_yet_valid');
}

/**
 * The actor a token speaks of: `sub`, `roles`, `resource_roles`, and all other claims as metadata.
 * `roles` is a list of names; one text with spaces or commas in it is not taken apart.
 *
 * @throws {RbacError} `RBAC_JWT_INVALID`.
 */
export function toActor(claims: Claims): ActorRoles {
  const { sub, roles, resource_roles, ...metadata } = claims;
  const actor = {
    actor_id: sub,
    ...(roles === undefined ? {} : { roles }),
    ...(resource_roles === undefined ? {} : { resource_roles }),
    metadata,
  };
  return parseActorWire(actor, (_fault, cause) => refuseToken('claims', cause));
}
