import { exportJWK, exportSPKI, generateKeyPair, importJWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { RbacError } from '../error.js';
import {
  AUDIENCE,
  CLAIMS,
  forge,
  forgeHmac,
  ISSUER,
  makeKey,
  NOW,
  NOW_MS,
  sign,
  type TestKey,
} from '../testing/tokens.js';
import { JWT_ALGORITHMS, type JwtAlgorithm } from './algorithms.js';
import { createLocalKeys } from './key-source.js';
import { createJwtVerifier, type JwtVerifierOptions } from './verifier.js';

let key: TestKey;
let rsa: TestKey;
beforeAll(async () => {
  key = await makeKey('k1');
  rsa = await makeKey('k2', 'RS256');
});

const verifier = (options: Partial<JwtVerifierOptions> = {}) =>
  createJwtVerifier({
    keys: createLocalKeys({ keys: [key.jwk, rsa.jwk] }),
    algorithms: ['ES256', 'RS256'],
    issuer: ISSUER,
    audience: AUDIENCE,
    clock: () => NOW_MS,
    ...options,
  });

async function faultOf(token: unknown, options?: Partial<JwtVerifierOptions>): Promise<unknown> {
  try {
    await verifier(options).verify(token as string);
  } catch (error) {
    if (!RbacError.is(error)) throw error;
    expect(error.code).toBe('RBAC_JWT_INVALID');
    return error.details.fault;
  }
  return 'accepted';
}

describe('a good token', () => {
  it('says who it is, with which roles, and the rest as metadata', async () => {
    expect(await verifier().verify(await sign(key))).toEqual({
      actorId: 'case-worker-7',
      roles: ['editor'],
      resourceRoles: { claims: ['reviewer'] },
      metadata: { iss: ISSUER, aud: AUDIENCE, exp: NOW + 600, iat: NOW, team: 'north' },
    });
  });

  it.each(JWT_ALGORITHMS)('may be signed with %s', async (algorithm) => {
    const own = await makeKey('own', algorithm);
    const keys = createLocalKeys(JSON.stringify({ keys: [own.jwk] }));
    expect(await faultOf(await sign(own), { keys, algorithms: [algorithm] })).toBe('accepted');
    const others = JWT_ALGORITHMS.filter((other) => other !== algorithm);
    expect(await faultOf(await sign(own), { keys, algorithms: others })).toBe('algorithm');
  });

  it('needs no key id where there is one key for its algorithm, and no roles', async () => {
    const { roles: _, ...claims } = CLAIMS;
    expect(await faultOf(await sign(key, claims, { kid: undefined }))).toBe('accepted');
    const two = createLocalKeys({ keys: [key.jwk, (await makeKey('k3')).jwk] });
    expect(await faultOf(await sign(key, claims, { kid: undefined }), { keys: two })).toBe(
      'key_unknown',
    );
  });
});

describe('headers and signatures', () => {
  it.each(['none', 'None', 'nOnE', '', undefined, 'HS256', 'ES256K', 5])(
    'K-01 refuses alg %j',
    async (alg) => {
      expect(await faultOf(forge({ alg, kid: 'k1' }))).toBe('algorithm');
    },
  );

  it('K-01 refuses an empty signature, and one that is another', async () => {
    const token = await sign(key);
    expect(await faultOf(`${token.slice(0, token.lastIndexOf('.'))}.`)).toBe('signature');
    const other = await sign(await makeKey('k1'));
    expect(await faultOf(other)).toBe('signature');
  });

  it('K-02 refuses HS256 over the public key, in every form', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k' };
    const keys = createLocalKeys({ keys: [jwk] });
    for (const secret of [await exportSPKI(publicKey), JSON.stringify(jwk), String(jwk.n)]) {
      const token = forgeHmac({ alg: 'HS256', kid: 'k' }, secret);
      expect(await faultOf(token, { keys, algorithms: ['RS256'] })).toBe('algorithm');
    }
    expect(() => verifier({ algorithms: ['HS256' as JwtAlgorithm] })).toThrow(RbacError);
  });

  it('K-03 refuses the key of another algorithm', async () => {
    expect(await faultOf(await sign(key, CLAIMS, { kid: 'k2' }))).toBe('key_unknown');
    expect(await faultOf(await sign(rsa, CLAIMS, { kid: 'k1' }))).toBe('key_unknown');
  });

  it('K-04 does not look at keys a token brings along', async () => {
    const attacker = await makeKey('evil');
    const brought = {
      jwk: attacker.jwk,
      jku: 'https://evil.example/keys',
      x5u: 'https://evil.example/cert',
      x5c: ['AAAA'],
    };
    expect(await faultOf(await sign(attacker, CLAIMS, brought))).toBe('key_unknown');
    expect(await faultOf(await sign(attacker, CLAIMS, { ...brought, kid: 'k1' }))).toBe(
      'signature',
    );
    expect(await faultOf(await sign(key, CLAIMS, brought))).toBe('accepted');
  });

  it('K-05 refuses critical extensions and unencoded payloads', async () => {
    for (const header of [{ crit: ['x'], x: 1 }, { crit: [] }, { b64: false }, { b64: true }]) {
      expect(await faultOf(forge({ alg: 'ES256', kid: 'k1', ...header }))).toBe('critical_header');
    }
  });

  it.each([
    ...['../../etc/passwd', '/dev/zero', "a' OR 1=1--", '__proto__', 'constructor', '\u0000'],
    ...['a\r\nb', '', 5, null, ['k1']],
  ])('K-06 knows no key %j', async (kid) => {
    expect(await faultOf(forge({ alg: 'ES256', kid }, CLAIMS, 'AA'))).toBe('key_unknown');
  });

  it.each([
    ['nothing', undefined],
    ['an object', {}],
    ['one part', 'abc'],
    ['four parts', 'a.b.c.d'],
    ['five parts', 'a.b.c.d.e'],
    ['padding', 'e30=.e30=.AA'],
    ['standard base64', 'e30+.e30/.AA'],
    ['a list for a header', forge([])],
    ['a list for claims', forge({ alg: 'ES256', kid: 'k1' }, [])],
    ['text for claims', forge({ alg: 'ES256', kid: 'k1' }, '"x"')],
    ['one claim twice', forge({ alg: 'ES256', kid: 'k1' }, '{"sub":"a","sub":"b"}')],
    ['a megabyte', `${'a'.repeat(1_000_000)}.e30.AA`],
  ])('refuses %s', async (_name, token) => {
    expect(await faultOf(token)).toBe('malformed');
  });
});

describe('claims', () => {
  const cases: readonly (readonly [string, object, string])[] = [
    ['no issuer', { iss: undefined }, 'issuer'],
    ['another issuer', { iss: `${ISSUER}/` }, 'issuer'],
    ['a list of issuers', { iss: [ISSUER] }, 'issuer'],
    ['no audience', { aud: undefined }, 'audience'],
    ['another audience', { aud: 'payments' }, 'audience'],
    ['no audience in a list', { aud: [] }, 'audience'],
    ['an odd audience', { aud: [AUDIENCE, 5] }, 'audience'],
    ['one audience of several', { aud: ['x', AUDIENCE] }, 'accepted'],
    ['no expiry', { exp: undefined }, 'expiry'],
    ['the very second of expiry', { exp: NOW }, 'expiry'],
    ['the last moment', { exp: NOW + 0.001 }, 'accepted'],
    ['expiry in milliseconds', { exp: NOW_MS + 600_000 }, 'claims'],
    ['expiry as text', { exp: `${NOW + 600}` }, 'claims'],
    ['negative expiry', { exp: -1 }, 'claims'],
    ['null for expiry', { exp: null }, 'claims'],
    ['a start in the future', { nbf: NOW + 1 }, 'not_yet_valid'],
    ['issue in the future', { iat: NOW + 1 }, 'not_yet_valid'],
    ['issue in milliseconds', { iat: NOW_MS }, 'claims'],
    ['no subject', { sub: undefined }, 'claims'],
    ['an empty subject', { sub: '' }, 'claims'],
    ['a number for a subject', { sub: 7 }, 'claims'],
    ['roles as text', { roles: 'admin' }, 'claims'],
    ['roles as text with spaces', { roles: 'viewer admin' }, 'claims'],
    ['nested roles', { roles: [['admin']] }, 'claims'],
    ['a map of roles', { roles: { 0: 'admin' } }, 'claims'],
    ['one role twice', { roles: ['a', 'a'] }, 'claims'],
    ['a thousand roles', { roles: Array.from({ length: 1000 }, (_, n) => `r${n}`) }, 'claims'],
    ['null for roles', { roles: null }, 'claims'],
    ['roles on a resource as text', { resource_roles: { claims: 'admin' } }, 'claims'],
  ];
  it.each(cases)('%s (H-14)', async (_name, parts, expected) => {
    expect(await faultOf(await sign(key, { ...CLAIMS, ...parts }))).toBe(expected);
  });

  it('takes a role named * for no more than its name', async () => {
    expect((await verifier().verify(await sign(key, { ...CLAIMS, roles: ['*'] }))).roles).toEqual([
      '*',
    ]);
  });

  it('refuses __proto__ at any depth', async () => {
    const text = JSON.stringify(CLAIMS).slice(0, -1);
    for (const more of [',"__proto__":{"a":1}}', ',"team2":{"__proto__":{"a":1}}}']) {
      expect(await faultOf(await sign(key, text + more))).toBe('claims');
    }
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  it('allows for clocks that are apart, as far as it is told', async () => {
    const tolerant = { clockToleranceSeconds: 60 };
    const token = (parts: object) => sign(key, { ...CLAIMS, ...parts });
    expect(await faultOf(await token({ exp: NOW - 59 }), tolerant)).toBe('accepted');
    expect(await faultOf(await token({ exp: NOW - 60 }), tolerant)).toBe('expiry');
    expect(await faultOf(await token({ nbf: NOW + 60 }), tolerant)).toBe('accepted');
    expect(await faultOf(await token({ nbf: NOW + 61 }), tolerant)).toBe('not_yet_valid');
  });

  it('believes no clock that is none', async () => {
    expect(await faultOf(await sign(key), { clock: () => Number.NaN })).toBe('expiry');
  });
});

describe('options', () => {
  it.each([
    ['algorithms', []],
    ['algorithms', ['none']],
    ['issuer', ''],
    ['audience', []],
    ['audience', ''],
    ['clockToleranceSeconds', 301],
    ['clockToleranceSeconds', Number.NaN],
  ])('refuses %s: %j', (option, value) => {
    expect(() => verifier({ [option]: value })).toThrow(
      expect.objectContaining({ code: 'RBAC_OPTIONS_INVALID', details: { option } }),
    );
  });

  it('imports keys for verifying only', async () => {
    const found = await createLocalKeys({ keys: [key.jwk] }).find({
      kid: 'k1',
      algorithm: 'ES256',
    });
    expect(found?.usages).toEqual(['verify']);
    expect(await importJWK(key.jwk, 'ES256')).toBeDefined();
  });
});
