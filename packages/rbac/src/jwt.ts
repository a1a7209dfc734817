import type { ActorRoles } from './actor.js';
import { toActor } from './jwt/claims.js';
import { splitToken } from './jwt/token.js';
import type { JwtVerifier } from './jwt/verifier.js';
import type { Rbac, RbacCall } from './types.js';

export { JWT_ALGORITHMS, type JwtAlgorithm } from './jwt/algorithms.js';
export type { KeyHint } from './jwt/jwks.js';
export {
  createLocalKeys,
  createRemoteKeys,
  type KeySource,
  type RemoteKeysOptions,
} from './jwt/key-source.js';
export type { JwtFault } from './jwt/refuse.js';
export { createJwtVerifier, type JwtVerifier, type JwtVerifierOptions } from './jwt/verifier.js';

/** Whether a token is verified: by whom, or explicitly not at all. */
export interface JwtRegistration {
  /**
   * `unsafe-none` believes whatever the token says, for hosts behind something that verified it;
   * the actor's record then says so.
   */
  readonly verify: JwtVerifier | 'unsafe-none';
}

/**
 * Registers the actor a token speaks of, with `sub`, `roles` and `resource_roles`; other claims
 * become metadata. The record says `verified_by: jwt`, or `unsafe-none`. The registration does not
 * end with the token.
 *
 * @throws {RbacError} `RBAC_JWT_INVALID`, `RBAC_KEYS_UNAVAILABLE`, and as `registerActor` does.
 */
export async function registerActorFromJwt(
  rbac: Pick<Rbac, 'registerActor'>,
  token: string,
  call: RbacCall,
  { verify }: JwtRegistration,
): Promise<ActorRoles> {
  if (verify === 'unsafe-none') {
    const actor = toActor(splitToken(token).claims);
    return rbac.registerActor(actor, { ...call, verifiedBy: 'unsafe-none' });
  }
  const context = Object.freeze({ ...call.context });
  const actor = await verify.verify(token);
  return rbac.registerActor(actor, { ...call, context, verifiedBy: 'jwt' });
}
