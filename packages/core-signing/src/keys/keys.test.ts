import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../bytes.js';
import { SigningError } from '../error.js';
import { importVerificationKey } from './import.js';
import { formatJwks, parseJwks } from './jwks.js';
import { createKeySet } from './key-set.js';
import { generateSigningKey, importSigningKey, toVerificationKey } from './signing-key.js';
import { jwkThumbprint } from './thumbprint.js';

const ALGORITHMS = ['Ed25519', 'ES256'] as const;
const code = (expected: string) => expect.objectContaining({ code: expected });

describe.each(ALGORITHMS)('a %s key', (alg) => {
  it('signs 64 bytes that verify, and one flipped bit anywhere does not', async () => {
    const key = await generateSigningKey({ alg, role: 'log' });
    const { verify } = toVerificationKey(key);
    const message = utf8('spanforge.record.v1\n');
    const signature = await key.sign(message);
    expect(signature).toHaveLength(64);
    expect(await verify(message, signature)).toBe(true);
    for (const [target, other] of [
      [message, signature],
      [signature, message],
    ] as const) {
      for (let bit = 0; bit < target.length * 8; bit += 1) {
        const flipped = target.with(bit >> 3, (target[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
        const verdict =
          target === message ? await verify(flipped, other) : await verify(other, flipped);
        expect(verdict, `bit ${bit}`).toBe(false);
      }
    }
  });

  it('C-13 judges the bytes as they are at the call', async () => {
    const key = await generateSigningKey({ alg, role: 'log' });
    const [bytes, other] = [utf8('before'), utf8('before')];
    const [good, bad] = [await key.sign(bytes), await key.sign(utf8('after!'))];
    const { verify } = toVerificationKey(key);
    const verdicts = [verify(bytes, good), verify(other, bad)];
    bytes.set(utf8('after!'));
    other.set(utf8('after!'));
    expect(await Promise.all(verdicts)).toEqual([true, false]);
  });

  it('survives export and import, with the same kid', async () => {
    const key = await generateSigningKey({ alg, role: 'root' });
    const stored = JSON.parse(
      JSON.stringify({ ...key.exportPrivateJwk(), kid: key.kid, use: 'sig' }),
    );
    const again = await importSigningKey(stored, 'root');
    expect(again.kid).toBe(key.kid);
    expect(again.kid).toBe(jwkThumbprint(key.publicJwk));
    expect(again.kid).toBe(jwkThumbprint(stored));
    const verified = toVerificationKey(key).verify(utf8('x'), await again.sign(utf8('x')));
    expect(await verified).toBe(true);
  });

  it('K-17 shows its secret in no property, inspection, serialisation or copy', async () => {
    const key = await generateSigningKey({ alg, role: 'log' });
    const { d } = key.exportPrivateJwk();
    const shown = [
      inspect(key, { depth: 9, showHidden: true }),
      JSON.stringify(key),
      JSON.stringify({ ...key }),
      String(key),
      inspect(toVerificationKey(key), { depth: 9, showHidden: true }),
    ];
    for (const text of shown) expect(text).not.toContain(d);
    expect(Object.isFrozen(key)).toBe(true);
  });

  it('K-17 refuses halves that do not match, without quoting either', async () => {
    const [one, two] = await Promise.all([
      generateSigningKey({ alg, role: 'log' }),
      generateSigningKey({ alg, role: 'log' }),
    ]);
    const { d } = two.exportPrivateJwk();
    const error: unknown = await importSigningKey({ ...one.publicJwk, d }, 'log').catch((e) => e);
    expect(error).toEqual(code('SIGNING_KEY_INVALID'));
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(d);
  });

  it.each([
    ['another kid', { kid: 'mine' }, 'SIGNING_KEY_INVALID'],
    ['another algorithm', { alg: 'RS256' }, 'SIGNING_KEY_INVALID'],
    ['encryption', { use: 'enc' }, 'SIGNING_KEY_INVALID'],
    ['other operations', { key_ops: ['encrypt'] }, 'SIGNING_KEY_INVALID'],
    ['operations that are no list', { key_ops: 'verify' }, 'SIGNING_KEY_INVALID'],
    ['an unknown role', { spanforge_role: 'admin' }, 'SIGNING_KEY_INVALID'],
    ['a private member', { d: 'AAAA' }, 'SIGNING_KEY_PRIVATE'],
    ['a symmetric member', { k: 'AAAA' }, 'SIGNING_KEY_PRIVATE'],
    ['padding', { x: `${'A'.repeat(43)}=` }, 'SIGNING_KEY_INVALID'],
    ['another curve', { crv: 'P-521' }, 'SIGNING_KEY_INVALID'],
    ['another kind', { kty: 'RSA' }, 'SIGNING_KEY_INVALID'],
  ])('K-03 K-08 refuses a public JWK with %s', async (_name, change, expected) => {
    const { publicJwk } = await generateSigningKey({ alg, role: 'log' });
    expect(() => importVerificationKey({ ...publicJwk, ...change })).toThrow(code(expected));
  });
});

it.each([null, undefined, 1, 'x', [], {}, { kty: 'oct', k: 'AA' }])(
  'refuses %j as a JWK',
  (value) => {
    expect(() => importVerificationKey(value)).toThrow(SigningError);
    expect(() => jwkThumbprint(value)).toThrow(SigningError);
  },
);

it('computes the thumbprint published in RFC 8037, appendix A.3', () => {
  const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
  expect(jwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x })).toBe(
    'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
  );
});

describe('sets of keys', () => {
  const make = async () => {
    const signing = await Promise.all(
      ALGORITHMS.map((alg) => generateSigningKey({ alg, role: 'package' })),
    );
    return signing.map(toVerificationKey);
  };

  it('write and read a JWK set, roles included', async () => {
    const keys = await make();
    const read = parseJwks(formatJwks(keys));
    const shown = ({ kid, alg, role, publicJwk }: (typeof keys)[number]) => ({
      kid,
      alg,
      role,
      publicJwk,
    });
    expect(read.map(shown)).toEqual(keys.map(shown));
    expect(parseJwks(utf8(formatJwks(read)))).toHaveLength(2);
  });

  it('K-08 refuse a kid twice, private members and symmetric keys', async () => {
    const { kid, exportPrivateJwk, publicJwk } = await generateSigningKey({
      alg: 'Ed25519',
      role: 'log',
    });
    const set =
      (...keys: unknown[]) =>
      () =>
        parseJwks(JSON.stringify({ keys }));
    expect(set({ ...publicJwk, kid }, { ...publicJwk, kid })).toThrow(
      code('SIGNING_KEY_DUPLICATE'),
    );
    expect(set(publicJwk, publicJwk)).toThrow(code('SIGNING_KEY_DUPLICATE'));
    expect(set({ kid: 'a', kty: 'oct' }, { kid: 'a', kty: 'RSA' })).toThrow(
      code('SIGNING_KEY_DUPLICATE'),
    );
    expect(set(exportPrivateJwk())).toThrow(code('SIGNING_KEY_PRIVATE'));
    expect(set({ kty: 'oct' })).toThrow(code('SIGNING_KEY_PRIVATE'));
    expect(set(1)).toThrow(code('SIGNING_KEY_INVALID'));
    expect(() => parseJwks('{"keys":[],"keys":[]}')).toThrow(code('SIGNING_JSON_DUPLICATE_KEY'));
    expect(() => parseJwks('{}')).toThrow(code('SIGNING_KEY_INVALID'));
  });

  it('K-16 refuse one key under two roles', async () => {
    const { publicJwk } = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
    const log = importVerificationKey(publicJwk, 'log');
    const witness = importVerificationKey(publicJwk, 'witness');
    expect(() => createKeySet([log, witness])).toThrow(code('SIGNING_KEY_ROLE_CONFLICT'));
    expect(() => createKeySet([log, importVerificationKey(publicJwk)])).toThrow(
      code('SIGNING_KEY_ROLE_CONFLICT'),
    );
    expect(() => createKeySet([log, log])).toThrow(code('SIGNING_KEY_DUPLICATE'));
    expect(() => importVerificationKey({ ...publicJwk, spanforge_role: 'log' }, 'root')).toThrow(
      code('SIGNING_KEY_INVALID'),
    );
  });

  it('K-06 miss for any other kid, whatever it looks like', async () => {
    const keys = await make();
    const set = createKeySet(keys);
    const odd = [
      '../../etc/passwd',
      '/dev/zero',
      "a' OR 1=1--",
      '__proto__',
      'constructor',
      'x'.repeat(1 << 20),
      '\0',
      '\r\n',
      '',
    ];
    for (const kid of odd) expect(set.get(kid)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (kid) => set.get(kid) === undefined));
    expect(set.get(keys[0]?.kid ?? '')).toBe(keys[0]);
  });
});
