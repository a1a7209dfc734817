import { createHmac } from 'node:crypto';
import { CompactSign, type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';

export const NOW_MS = Date.parse('2026-05-02T12:00:00Z');
export const NOW = NOW_MS / 1000;
export const ISSUER = 'https://id.example';
export const AUDIENCE = 'claims';

export const CLAIMS = {
  iss: ISSUER,
  aud: AUDIENCE,
  exp: NOW + 600,
  iat: NOW,
  sub: 'case-worker-7',
  roles: ['editor'],
  resource_roles: { claims: ['reviewer'] },
  team: 'north',
};

export interface TestKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export async function makeKey(kid: string, alg = 'ES256'): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token; `claims` may be text, to say what JSON.stringify would not. */
export function sign(
  { privateKey, kid, alg }: TestKey,
  claims: object | string = CLAIMS,
  header: object = {},
): Promise<string> {
  const text = typeof claims === 'string' ? claims : JSON.stringify(claims);
  return new CompactSign(Buffer.from(text))
    .setProtectedHeader({ alg, kid, ...header })
    .sign(privateKey);
}

/** A token with any header and any signature. */
export function forge(header: object, claims: unknown = CLAIMS, signature = ''): string {
  return `${encode(header)}.${encode(claims)}.${signature}`;
}

/** A token signed by HMAC over whatever bytes. */
export function forgeHmac(header: object, key: string | Buffer, claims: unknown = CLAIMS): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}
