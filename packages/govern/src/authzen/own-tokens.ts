import {
  canonicalize,
  fromUtf8,
  type KeySet,
  type SigningKey,
  utf8,
  type VerificationKey,
} from '@spanforge/core-signing';
import { signJws, verifyJws } from '@spanforge/core-signing/jws';
import type { z } from 'zod';

/** JSON Web Tokens that a decision point signs, and later reads back itself. */
export interface OwnTokens {
  sign(claims: object): Promise<string>;
  /**
   * The claims of a token that this decision point signed for `audience`; undefined for any other.
   * Whether the token is still in time is for the caller to say.
   */
  verify<Schema extends z.ZodType<{ iss: string; aud: string | string[] }>>(
    token: string,
    schema: Schema,
    audience: string,
  ): Promise<z.infer<Schema> | undefined>;
}

const ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256'] as const;

const audiences = (aud: string | readonly string[]): readonly string[] =>
  typeof aud === 'string' ? [aud] : aud;

/** The tokens of one issuer, under its key of now and its keys before a rotation. */
export function createOwnTokens(
  issuer: string,
  key: SigningKey,
  keys: readonly VerificationKey[] | KeySet,
): OwnTokens {
  return {
    sign: (claims) => signJws({ payload: utf8(canonicalize(claims)), key, typ: 'JWT' }),
    async verify(token, schema, audience) {
      try {
        const { payload } = await verifyJws(token, { keys, algorithms: ALGORITHMS });
        const claims = schema.parse(JSON.parse(fromUtf8(payload)));
        const isOurs = claims.iss === issuer && audiences(claims.aud).includes(audience);
        return isOurs ? claims : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
