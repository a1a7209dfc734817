import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { fromUtf8, toBase64Url, utf8 } from '../bytes.js';
import { SigningError } from '../error.js';
import { importVerificationKey } from '../keys/import.js';
import { createKeySet, type KeySet } from '../keys/key-set.js';
import { generateSigningKey, toVerificationKey } from '../keys/signing-key.js';
import type { SigningKey, VerificationKey } from '../keys/types.js';
import { testData } from '../tlog/test-data.js';
import { type JwsAlgorithm, signJws, verifyJws } from './jws.js';

const data = testData('vectors/wycheproof');
const ALL: readonly JwsAlgorithm[] = ['EdDSA', 'Ed25519', 'ES256'];
const payload = utf8('{"iss":"spanforge"}');
const refused = expect.objectContaining({ code: 'SIGNING_JWS_INVALID' });

let signing: SigningKey[];
let keys: VerificationKey[];
beforeAll(async () => {
  signing = await Promise.all([
    generateSigningKey({ alg: 'Ed25519', role: 'package' }),
    generateSigningKey({ alg: 'ES256', role: 'package' }),
  ]);
  keys = signing.map(toVerificationKey);
});

const part = (value: unknown) => toBase64Url(utf8(JSON.stringify(value)));
const forge = async (header: object, key = signing[0] as SigningKey) => {
  const input = `${part(header)}.${toBase64Url(payload)}`;
  return `${input}.${toBase64Url(await key.sign(utf8(input)))}`;
};
const verify = (token: string, algorithms = ALL) => verifyJws(token, { keys, algorithms });

describe('signJws and verifyJws', () => {
  it.each([0, 1])('round-trip with key %d', async (index) => {
    const key = signing[index] as SigningKey;
    const token = await signJws({ payload, key, typ: 'application/x' });
    const verified = await verify(token);
    expect(verified).toMatchObject({
      kid: key.kid,
      header: { typ: 'application/x', kid: key.kid },
    });
    expect(fromUtf8(verified.payload)).toBe(fromUtf8(payload));
    await expect(verify(token, index === 0 ? ['ES256'] : ['EdDSA'])).rejects.toEqual(refused);
  });

  it('takes a token without kid only where there is one key', async () => {
    const token = await forge({ alg: 'EdDSA' });
    await expect(verify(token)).rejects.toEqual(refused);
    const only = createKeySet(keys.slice(0, 1));
    expect((await verifyJws(token, { keys: only, algorithms: ALL })).kid).toBe(keys[0]?.kid);
    await expect(verifyJws(token, { keys: [], algorithms: ALL })).rejects.toEqual(refused);
  });

  it('C-13 signs the payload as it is at the call', async () => {
    const changing = utf8('before');
    const pending = signJws({ payload: changing, key: signing[0] as SigningKey });
    changing.fill(0x78);
    expect(fromUtf8((await verify(await pending)).payload)).toBe('before');
  });

  it('notices every changed character', async () => {
    const token = await signJws({ payload, key: signing[0] as SigningKey });
    for (let index = 0; index < token.length; index += 1) {
      const put = token[index] === 'A' ? 'B' : 'A';
      const changed = token.slice(0, index) + put + token.slice(index + 1);
      await expect(verify(changed), `character ${index}`).rejects.toThrow(SigningError);
    }
  });
});

describe('forged tokens', () => {
  it.each(['none', 'None', 'nOnE', 'NONE', '', null, undefined, 1])(
    'K-01 refuses alg %j',
    async (alg) => {
      const kid = keys[0]?.kid;
      const unsigned = `${part({ alg, kid })}.${toBase64Url(payload)}.`;
      await expect(verify(unsigned)).rejects.toEqual(refused);
      await expect(verify(await forge({ alg, kid }))).rejects.toEqual(refused);
      await expect(verify(await forge({ alg, kid }), ['none' as JwsAlgorithm])).rejects.toEqual(
        refused,
      );
    },
  );

  it('K-01 refuses an empty signature', async () => {
    const token = await signJws({ payload, key: signing[0] as SigningKey });
    await expect(verify(token.slice(0, token.lastIndexOf('.') + 1))).rejects.toEqual(refused);
    await expect(verify(token.slice(0, token.lastIndexOf('.')))).rejects.toEqual(refused);
  });

  it('K-02 refuses HS256 over public key material', async () => {
    const key = keys[1] as VerificationKey;
    const input = `${part({ alg: 'HS256', kid: key.kid })}.${toBase64Url(payload)}`;
    for (const secret of [key.publicKey, utf8(JSON.stringify(key.publicJwk))]) {
      const mac = createHmac('sha256', secret).update(input).digest('base64url');
      await expect(verify(`${input}.${mac}`)).rejects.toEqual(refused);
      const lax = verify(`${input}.${mac}`, ['HS256' as JwsAlgorithm]);
      await expect(lax).rejects.toEqual(refused);
    }
  });

  it('K-03 refuses an algorithm of another key', async () => {
    const [one, two] = signing as [SigningKey, SigningKey];
    await expect(verify(await forge({ alg: 'ES256', kid: one.kid }, two))).rejects.toEqual(refused);
    await expect(verify(await forge({ alg: 'EdDSA', kid: two.kid }, one))).rejects.toEqual(refused);
    await expect(verify(await forge({ alg: 'RS256', kid: one.kid }, one))).rejects.toEqual(refused);
  });

  it('K-04 ignores keys and addresses in the header, and fetches nothing', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    const attacker = await generateSigningKey({ alg: 'Ed25519', role: 'package' });
    const offers = {
      jwk: attacker.publicJwk,
      jku: 'http://127.0.0.1:9/',
      x5u: 'http://127.0.0.1:9/',
      x5c: ['AAAA'],
    };
    for (const kid of [attacker.kid, keys[0]?.kid]) {
      await expect(verify(await forge({ alg: 'EdDSA', kid, ...offers }, attacker))).rejects.toEqual(
        refused,
      );
    }
    const honest = await verify(await forge({ alg: 'EdDSA', kid: keys[0]?.kid, ...offers }));
    expect(honest.kid).toBe(keys[0]?.kid);
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
  });

  it.each([{ crit: ['exp'], exp: 1 }, { crit: ['b64'], b64: false }, { b64: false }, { crit: [] }])(
    'K-05 refuses %j',
    async (extra) => {
      await expect(
        verify(await forge({ alg: 'EdDSA', kid: keys[0]?.kid, ...extra })),
      ).rejects.toEqual(refused);
    },
  );

  it.each([
    '../../etc/passwd',
    '/dev/zero',
    "a' OR 1=1--",
    '__proto__',
    'constructor',
    '\0',
    '\r\n',
    1,
    null,
    ['x'],
  ])('K-06 refuses the kid %j', async (kid) => {
    const error: unknown = await verify(await forge({ alg: 'EdDSA', kid })).catch((e) => e);
    expect(error).toEqual(refused);
    expect((error as Error).message).toMatch(/^[ -~]{1,100}$/);
  });

  it('refuses a header with a key twice, and what is no compact JWS', async () => {
    const kid = keys[0]?.kid;
    const header = toBase64Url(utf8(`{"alg":"none","kid":"${kid}","alg":"EdDSA"}`));
    const input = `${header}.${toBase64Url(payload)}`;
    const twice = `${input}.${toBase64Url(await (signing[0] as SigningKey).sign(utf8(input)))}`;
    const good = await signJws({ payload, key: signing[0] as SigningKey });
    const odd = [
      twice,
      '',
      '.',
      '..',
      '...',
      `${good}.`,
      ` ${good}`,
      `${good}\n`,
      `${good}=`,
      'x'.repeat(2 ** 20 + 1),
    ];
    for (const token of [...odd, undefined as unknown as string]) {
      await expect(verify(token)).rejects.toEqual(refused);
    }
  });
});

describe.skipIf(!data.there)('Wycheproof', () => {
  interface Group {
    readonly comment: string;
    readonly public?: Record<string, unknown>;
    readonly private?: Record<string, unknown>;
    readonly tests: { tcId: number; jws?: unknown; result: string }[];
  }

  it.each(['json_web_signature_test', 'json_web_key_test', 'json_web_crypto_test'])(
    '%s',
    async (name) => {
      const groups: Group[] = JSON.parse(data.text(`${name}.json`)).testGroups;
      let valid = 0;
      for (const group of groups) {
        const jwk = group.public ?? group.private ?? {};
        const keySet = foreignKeys(Array.isArray(jwk.keys) ? jwk.keys : [jwk]);
        for (const { tcId, jws, result } of group.tests) {
          const token = typeof jws === 'string' ? jws : JSON.stringify(jws ?? '');
          const options = { keys: keySet, algorithms: ALL };
          const accepted = await verifyJws(token, options).then(() => true, SigningError.is);
          const verdict = await verifyJws(token, options).then(
            () => 'valid',
            () => 'invalid',
          );
          expect(accepted).toBe(true);
          // Valid cases of keys that this package does not support are refused, and must be.
          const supported = keySet.size > 0 && result === 'valid';
          expect(verdict, `test ${tcId}`).toBe(supported ? 'valid' : 'invalid');
          if (verdict === 'valid') valid += 1;
        }
      }
      expect(valid).toBe(
        { json_web_signature_test: 2, json_web_key_test: 0, json_web_crypto_test: 1 }[name],
      );
    },
  );

  /** The keys this package takes, found by the names their owners gave them. */
  function foreignKeys(jwks: readonly Record<string, unknown>[]): KeySet {
    const named = new Map<string, VerificationKey>();
    for (const { kid, d: _private, ...jwk } of jwks) {
      try {
        named.set(String(kid), importVerificationKey(jwk));
      } catch (error) {
        expect(SigningError.is(error)).toBe(true);
      }
    }
    const list = [...named.values()];
    return { size: list.length, get: (kid) => named.get(kid), list: () => list };
  }
});
