import { type ActorRoles, parseActorWire } from '../actor.js';
import { tokenRefusedError } from './refuse.js';
import type { Claims } from './token.js';

/** A time beyond this was given in milliseconds by mistake: 1e11 seconds is the year 5138. */
const MILLISECONDS = 1e11;

function seconds(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value >= 0) || value >= MILLISECONDS) {
    throw tokenRefusedError('claims');
  }
  return value;
}

/**
 * Checks what jose does not: times are numbers of seconds, and every audience is text.
 *
 * @returns `iat`, 0 where there is none.
 * @throws {RbacError} `RBAC_JWT_INVALID`.
 */
export function checkClaims({ aud, exp, nbf, iat }: Claims): number {
  const audiences = Array.isArray(aud) ? aud : [aud];
  if (!audiences.every((one) => typeof one === 'string')) throw tokenRefusedError('audience');
  seconds(exp);
  seconds(nbf);
  return seconds(iat) ?? 0;
}

/**
 * The actor that a token names: `sub`, `roles`, `resource_roles`, and all other claims as metadata.
 * `roles` must be a list of names; a string with spaces or commas is not split.
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
  return parseActorWire(actor, (_fault, cause) => tokenRefusedError('claims', cause));
}
