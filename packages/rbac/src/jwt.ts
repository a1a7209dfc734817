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

/** How a token is verified, or that it explicitly is not. */
export interface JwtRegistration {
  /**
   * The verifier. `unsafe-none` trusts the token unchecked, for hosts behind something that has
   * verified it; the actor's record then says so.
   */
  readonly verify: JwtVerifier | 'unsafe-none';
}

/**
 * Registers the actor that a token names, from `sub`, `roles` and `resource_roles`; other claims
 * become metadata. The record says `verified_by: jwt`, or `unsafe-none`. The registration does not
 * end when the token expires.
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
