import { describe, expect, it } from 'vitest';
import { fromHex, toBase64Url } from '../bytes.js';
import { ED25519_D, ED25519_L, ED25519_P, ed25519PointFault } from './ed25519-point.js';
import { importRawVerificationKey, importVerificationKey } from './import.js';
import { mod, power } from './modular.js';
import { P256_N } from './p256-point.js';
import { generateSigningKey, toVerificationKey } from './signing-key.js';

const littleEndian = (value: bigint) =>
  fromHex(value.toString(16).padStart(64, '0')).reverse() as Uint8Array;

/** The y coordinate of twice a point, from its own y alone. */
function doubleY(y: bigint): bigint {
  const inverse = (value: bigint) => power(value, ED25519_P - 2n, ED25519_P);
  const xx = mod((y * y - 1n) * inverse(mod(ED25519_D * y * y + 1n, ED25519_P)), ED25519_P);
  return mod((y * y + xx) * inverse(mod(1n - ED25519_D * xx * y * y, ED25519_P)), ED25519_P);
}

describe('K-09 Ed25519 keys', () => {
  const smallOrder = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0000000000000000000000000000000000000000000000000000000000000080',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000080',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  ];

  it.each(smallOrder)('refuses the small-order point %s', (hex) => {
    expect(ed25519PointFault(fromHex(hex))).toBe('small order');
    const y =
      BigInt(`0x${Buffer.from(fromHex(hex)).reverse().toString('hex')}`) & ((1n << 255n) - 1n);
    expect(doubleY(doubleY(doubleY(y)))).toBe(1n);
    expect(() => importRawVerificationKey('Ed25519', fromHex(hex))).toThrow(
      expect.objectContaining({ code: 'SIGNING_KEY_INVALID' }),
    );
  });

  it('refuses every encoding that is not canonical', () => {
    for (let y = ED25519_P; y < 1n << 255n; y += 1n) {
      expect(ed25519PointFault(littleEndian(y))).toBe('not canonical');
    }
  });

  it('tells points from non-points as decompression would', () => {
    // The root of RFC 8032, section 5.1.3: about half of all y have one.
    for (let y = 2n; y < 40n; y += 1n) {
      const v = mod(ED25519_D * y * y + 1n, ED25519_P);
      const square = mod((y * y - 1n) * power(v, ED25519_P - 2n, ED25519_P), ED25519_P);
      const candidate = power(square, (ED25519_P + 3n) / 8n, ED25519_P);
      const rest = mod(candidate * candidate, ED25519_P);
      const exists = rest === square || rest === mod(-square, ED25519_P);
      expect(ed25519PointFault(littleEndian(y))).toBe(exists ? undefined : 'not on the curve');
    }
  });

  it.each([31, 33, 0])('refuses %d bytes', (length) => {
    expect(() => importRawVerificationKey('Ed25519', new Uint8Array(length).fill(9))).toThrow(
      expect.objectContaining({ code: 'SIGNING_KEY_INVALID' }),
    );
  });

  it('refuses the all-zero signature and S + L', async () => {
    const key = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
    const message = Uint8Array.of(1, 2, 3);
    const signature = await key.sign(message);
    const verify = toVerificationKey(key).verify;
    expect(await verify(message, signature)).toBe(true);
    expect(await verify(message, new Uint8Array(64))).toBe(false);
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`);
    const moved = Uint8Array.from([...signature.subarray(0, 32), ...littleEndian(s + ED25519_L)]);
    expect(await verify(message, moved)).toBe(false);
  });
});

describe('K-10 P-256 keys', () => {
  const jwk = (x: Uint8Array, y: Uint8Array) => ({
    kty: 'EC',
    crv: 'P-256',
    x: toBase64Url(x),
    y: toBase64Url(y),
  });

  it('refuses a point that is not on the curve, infinity, and coordinates beyond the field', async () => {
    const { publicKey } = toVerificationKey(
      await generateSigningKey({ alg: 'ES256', role: 'log' }),
    );
    const x = publicKey.slice(1, 33);
    const y = publicKey.slice(33);
    expect(importVerificationKey(jwk(x, y)).alg).toBe('ES256');
    expect(importRawVerificationKey('ES256', publicKey).publicKey).toEqual(publicKey);
    const cases = [
      jwk(x, y.with(31, (y[31] ?? 0) ^ 1)),
      jwk(y, x),
      jwk(new Uint8Array(32), new Uint8Array(32)),
      jwk(new Uint8Array(32).fill(255), y),
      jwk(x.subarray(1), y),
    ];
    for (const bad of cases) {
      expect(() => importVerificationKey(bad)).toThrow(
        expect.objectContaining({ code: 'SIGNING_KEY_INVALID' }),
      );
    }
    expect(() => importRawVerificationKey('ES256', publicKey.with(0, 2))).toThrow('uncompressed');
  });

  it('refuses (0, 0), r >= n, s >= n and other lengths', async () => {
    const key = await generateSigningKey({ alg: 'ES256', role: 'package' });
    const message = Uint8Array.of(1);
    const signature = await key.sign(message);
    const verify = toVerificationKey(key).verify;
    const n = fromHex(P256_N.toString(16));
    const r = signature.subarray(0, 32);
    const s = signature.subarray(32);
    expect(await verify(message, signature)).toBe(true);
    const halves = [
      [new Uint8Array(32), new Uint8Array(32)],
      [new Uint8Array(32), s],
      [r, new Uint8Array(32)],
      [n, s],
      [r, n],
      [r, Uint8Array.from([...s, 0])],
      [r, s.subarray(1)],
    ];
    for (const [left = r, right = s] of halves) {
      expect(await verify(message, Uint8Array.from([...left, ...right]))).toBe(false);
    }
  });
});
