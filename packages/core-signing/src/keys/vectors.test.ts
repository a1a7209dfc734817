import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.js';
import { testData } from '../tlog/test-data.js';
import { importVerificationKey } from './import.js';

const data = testData('vectors/wycheproof');

interface Case {
  readonly tcId: number;
  readonly msg: string;
  readonly sig: string;
  readonly result: string;
}

const groups = (name: string): { key: Record<string, string>; tests: Case[] }[] =>
  JSON.parse(data.text(name)).testGroups.map(
    (group: { publicKeyJwk?: object; publicKey: Record<string, string>; tests: Case[] }) => ({
      key: group.publicKeyJwk ?? pointJwk(group.publicKey.uncompressed ?? ''),
      tests: group.tests,
    }),
  );

function pointJwk(point: string) {
  const part = (from: number) =>
    Buffer.from(point.slice(from, from + 64), 'hex').toString('base64url');
  return { kty: 'EC', crv: 'P-256', x: part(2), y: part(66) };
}

describe.skipIf(!data.there)('Wycheproof', () => {
  it.each([
    ['ed25519_test.json', 151],
    ['ecdsa_secp256r1_sha256_p1363_test.json', 262],
  ])('%s', async (name, expected) => {
    let count = 0;
    for (const { key: jwk, tests } of groups(name)) {
      const { kid: _foreign, ...point } = jwk;
      const key = importVerificationKey(point);
      for (const { tcId, msg, sig, result } of tests) {
        const verdict = await key.verify(fromHex(msg), fromHex(sig));
        expect(verdict, `test ${tcId}`).toBe(result === 'valid');
        count += 1;
      }
    }
    expect(count).toBe(expected);
  });

  it('ecdsa_secp256r1_sha256_test.json, its DER signatures rewritten as r || s', async () => {
    for (const { key: jwk, tests } of groups('ecdsa_secp256r1_sha256_test.json')) {
      const { kid: _foreign, ...point } = jwk;
      const key = importVerificationKey(point);
      for (const { tcId, msg, sig, result } of tests) {
        const raw = derToRaw(fromHex(sig));
        const verdict = raw !== undefined && (await key.verify(fromHex(msg), raw));
        expect(verdict, `test ${tcId}`).toBe(result === 'valid');
      }
    }
  });
});

/** Strict DER of two positive integers of at most 32 bytes, or nothing. */
function derToRaw(der: Uint8Array): Uint8Array | undefined {
  const raw = new Uint8Array(64);
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || der.length > 129) return undefined;
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1] ?? 0;
    const integer = der.subarray(at + 2, at + 2 + length);
    const padded = integer[0] === 0 && length > 1;
    const value = padded ? integer.subarray(1) : integer;
    const minimal = !padded || (value[0] ?? 0) >= 0x80;
    if (der[at] !== 2 || integer.length !== length || length === 0 || !minimal) return undefined;
    if ((integer[0] ?? 0) >= 0x80 || value.length > 32) return undefined;
    raw.set(value, end - value.length);
    at += 2 + length;
  }
  return at === der.length ? raw : undefined;
}
