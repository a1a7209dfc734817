import { beforeAll, describe, expect, it } from 'vitest';
import { fromBase64, fromUtf8, toBase64, toBase64Url, utf8 } from '../bytes.js';
import { SigningError } from '../error.js';
import { importVerificationKey } from '../keys/import.js';
import { createKeySet } from '../keys/key-set.js';
import { generateSigningKey, toVerificationKey } from '../keys/signing-key.js';
import type { SigningKey, VerificationKey } from '../keys/types.js';
import { testData } from '../tlog/test-data.js';
import { type Envelope, formatEnvelope, pae, parseEnvelope, signEnvelope } from './envelope.js';
import { verifyEnvelope } from './verify-envelope.js';

const data = testData('vectors/dsse');
const payloadType = 'application/vnd.in-toto+json';
const payload = utf8('{"a":1}');
const code = (expected: string) => expect.objectContaining({ code: expected });

let signing: SigningKey[];
let keys: VerificationKey[];
let envelope: Envelope;
beforeAll(async () => {
  signing = await Promise.all([
    generateSigningKey({ alg: 'Ed25519', role: 'package' }),
    generateSigningKey({ alg: 'ES256', role: 'package' }),
    generateSigningKey({ alg: 'Ed25519', role: 'root' }),
  ]);
  keys = signing.map(toVerificationKey);
  envelope = await signEnvelope({ payloadType, payload, keys: signing.slice(0, 2) });
});

describe.skipIf(!data.there)('the vector of the DSSE protocol', () => {
  it('has the same pre-authentication encoding and its signature verifies', async () => {
    const vector = JSON.parse(data.text('dsse_v1_protocol_vector.json'));
    expect(fromUtf8(pae(vector.payloadType, utf8(vector.body)))).toBe(vector.pae);
    const coordinate = (decimal: string) =>
      toBase64Url(Buffer.from(BigInt(decimal).toString(16).padStart(64, '0'), 'hex'));
    const [x, y] = [coordinate(vector.X), coordinate(vector.Y)];
    const key = importVerificationKey({ kty: 'EC', crv: 'P-256', x, y });
    const parsed = parseEnvelope(JSON.stringify(vector.envelope));
    const verified = await verifyEnvelope(parsed, { keys: [key], threshold: 1 });
    expect(fromUtf8(verified.payload)).toBe('hello world');
    expect(verified.signers).toEqual([key.kid]);
  });
});

describe('verifyEnvelope', () => {
  const verify = (changed: Envelope, threshold: number, trusted = keys) =>
    verifyEnvelope(changed, { keys: trusted, threshold });

  it('counts the trusted keys that signed', async () => {
    const parsed = parseEnvelope(formatEnvelope(envelope));
    expect(parsed).toEqual(envelope);
    expect(await verify(parsed, 2)).toEqual({
      payloadType,
      payload,
      signers: keys.slice(0, 2).map((key) => key.kid),
      unknown: 0,
      bad: [],
      lapsed: [],
    });
    await expect(verify(parsed, 3)).rejects.toEqual(code('SIGNING_THRESHOLD_NOT_MET'));
  });

  it('takes a key set as well as a list', async () => {
    const verified = await verifyEnvelope(envelope, { keys: createKeySet(keys), threshold: 1 });
    expect(verified.signers).toHaveLength(2);
  });

  it('K-07 believes only keys from outside', async () => {
    const [, , other] = keys;
    await expect(verify(envelope, 1, other ? [other] : [])).rejects.toMatchObject({
      code: 'SIGNING_THRESHOLD_NOT_MET',
      details: { signers: 0, unknown: 2, bad: 0, threshold: 1 },
    });
  });

  it('T-19 counts one key once, however often it signed', async () => {
    const [first] = envelope.signatures;
    if (first === undefined) throw new Error('unsigned');
    const twice = { ...envelope, signatures: [first, first, { sig: first.sig }] };
    expect((await verify(twice, 1)).signers).toHaveLength(1);
    await expect(verify(twice, 2)).rejects.toEqual(code('SIGNING_THRESHOLD_NOT_MET'));
  });

  it('T-19 refuses no signatures, swapped keyids and another payload type', async () => {
    const [one, two] = envelope.signatures;
    if (one?.keyid === undefined || two?.keyid === undefined) throw new Error('unsigned');
    const swapped = [
      { ...one, keyid: two.keyid },
      { ...two, keyid: one.keyid },
    ];
    for (const changed of [
      { ...envelope, signatures: [] },
      { ...envelope, signatures: swapped },
      { ...envelope, payloadType: 'application/vnd.in-toto+jsom' },
    ]) {
      await expect(verify(changed, 1)).rejects.toEqual(code('SIGNING_THRESHOLD_NOT_MET'));
    }
  });

  it('finds whose signature it is where none is named', async () => {
    const [, second] = envelope.signatures;
    const unnamed = { ...envelope, signatures: [{ sig: second?.sig ?? '' }] };
    expect(await verify(unnamed, 1)).toMatchObject({
      ...{ signers: [second?.keyid], unknown: 0, bad: [] },
    });
  });

  it('reads at most a hundred signatures', async () => {
    const [one] = envelope.signatures;
    const signatures = (count: number) => Array.from({ length: count }, () => one ?? { sig: '' });
    expect(await verify({ ...envelope, signatures: signatures(100) }, 1)).toMatchObject({
      signers: [one?.keyid],
    });
    await expect(verify({ ...envelope, signatures: signatures(101) }, 1)).rejects.toMatchObject({
      ...{ code: 'SIGNING_ENVELOPE_INVALID', details: { reason: 'signatures' } },
    });
  });

  it('counts no key beyond its limits, and names it', async () => {
    const [first, second] = keys;
    if (first === undefined || second === undefined) throw new Error('no keys');
    const limited = [
      { ...first, lastGoodSize: 5 },
      { ...second, retiredSize: 6 },
    ];
    const at = (size: number | undefined, threshold: number) =>
      verifyEnvelope(envelope, { keys: limited, threshold, size });
    expect(await at(5, 2)).toMatchObject({ signers: [first.kid, second.kid], lapsed: [] });
    expect(await at(6, 1)).toMatchObject({ signers: [second.kid], lapsed: [first.kid] });
    expect(await at(undefined, 1)).toMatchObject({ signers: [second.kid], lapsed: [first.kid] });
    await expect(at(6, 2)).rejects.toMatchObject({
      message: 'too few trusted keys have signed',
      details: { threshold: 2, signers: 1, unknown: 0, bad: 0, lapsed: first.kid },
    });
    await expect(at(7, 1)).rejects.toMatchObject({
      details: { signers: 0, lapsed: `${first.kid} ${second.kid}` },
    });
  });

  it('T-19 reports unknown and bad signatures beside good ones', async () => {
    const [one] = envelope.signatures;
    if (one === undefined) throw new Error('unsigned');
    const sig = toBase64(new Uint8Array(64).fill(1));
    const [, second] = keys;
    const signatures = [
      one,
      { keyid: '__proto__', sig },
      { sig },
      { keyid: second?.kid ?? '', sig },
    ];
    const verified = await verify({ ...envelope, signatures }, 1);
    expect(verified).toMatchObject({ signers: [one.keyid], unknown: 2, bad: [second?.kid] });
  });

  it('notices every flipped bit of payload and signatures', async () => {
    const flips = (text: string) => {
      const bytes = fromBase64(text);
      return Array.from({ length: bytes.length * 8 }, (_, bit) =>
        toBase64(bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)))),
      );
    };
    for (const changed of flips(envelope.payload)) {
      await expect(verify({ ...envelope, payload: changed }, 1)).rejects.toThrow(SigningError);
    }
    for (const [index, { sig }] of envelope.signatures.entries()) {
      for (const changed of flips(sig)) {
        const signatures = envelope.signatures.with(index, { sig: changed });
        await expect(verify({ ...envelope, signatures }, 2)).rejects.toThrow(SigningError);
      }
    }
  });

  it.each([0, -1, 1.5, Number.NaN, 4])('refuses a threshold of %d', async (threshold) => {
    await expect(verify(envelope, threshold)).rejects.toMatchObject({
      code: 'SIGNING_ARGUMENT_INVALID',
      message: 'no set of these keys meets the threshold',
      details: { threshold, keys: 3 },
    });
  });

  it('K-16 refuses a list of keys with one key under two roles', async () => {
    const [first] = keys;
    if (first === undefined) throw new Error('no key');
    const list = [first, importVerificationKey(first.publicJwk, 'log')];
    await expect(verify(envelope, 1, list)).rejects.toEqual(code('SIGNING_KEY_ROLE_CONFLICT'));
  });
});

describe('parseEnvelope', () => {
  const change = (members: object) => JSON.stringify({ ...envelope, ...members });

  it.each([
    ['an unknown member', () => change({ extra: 1 })],
    ['a missing member', () => change({ payload: undefined })],
    ['base64url', () => change({ payload: '-_-_' })],
    ['no padding', () => change({ payload: 'AA' })],
    ['padding bits', () => change({ payload: 'AB==' })],
    ['white space', () => change({ payload: 'AAAA\n' })],
    ['an empty type', () => change({ payloadType: '' })],
    ['signatures that are no list', () => change({ signatures: {} })],
    ['an unknown signature member', () => change({ signatures: [{ sig: 'AAAA', x: 1 }] })],
    ['a signature without sig', () => change({ signatures: [{ keyid: 'a' }] })],
    ['a keyid that is no text', () => change({ signatures: [{ keyid: 1, sig: 'AAAA' }] })],
    ['a signature in base64url', () => change({ signatures: [{ sig: '-_-_' }] })],
    [
      '101 signatures',
      () => change({ signatures: Array.from({ length: 101 }, () => ({ sig: 'AAAA' })) }),
    ],
  ])('refuses %s', (_name, text) => {
    expect(() => parseEnvelope(text())).toThrow(code('SIGNING_ENVELOPE_INVALID'));
  });

  it.each<[object, string]>([
    [{ payloadType: 5 }, 'payload type'],
    [{ payloadType: '' }, 'payload type'],
    [{ payload: 5 }, 'payload'],
    [{ payload: '-_-_' }, 'payload'],
    [{ signatures: 'AAAA' }, 'signatures'],
    [{ signatures: [5] }, 'signature'],
    [{ signatures: [{ sig: 5 }] }, 'signature'],
    [{ signatures: [{ sig: 'AAAA', keyid: null }] }, 'keyid'],
  ])('says what is wrong with %j', (members, reason) => {
    expect(() => parseEnvelope(change(members))).toThrow(
      expect.objectContaining({
        message: `the envelope is invalid: ${reason}`,
        details: { reason },
      }),
    );
  });

  it('takes signatures without a key id, and up to a hundred', () => {
    const signatures = Array.from({ length: 100 }, () => ({ sig: 'AAAA' }));
    expect(parseEnvelope(change({ signatures })).signatures).toStrictEqual(signatures);
    const named = [{ keyid: '', sig: '' }];
    expect(parseEnvelope(change({ signatures: named })).signatures).toEqual(named);
  });

  it('refuses a duplicate key', () => {
    const text = formatEnvelope(envelope).replace('{', '{"payload":"AAAA",');
    expect(() => parseEnvelope(text)).toThrow(code('SIGNING_JSON_DUPLICATE_KEY'));
  });
});

it('signs with at least one key, and each one once', async () => {
  const sign = (list: SigningKey[], type = payloadType) =>
    signEnvelope({ payloadType: type, payload, keys: list });
  await expect(sign([])).rejects.toEqual(code('SIGNING_ENVELOPE_INVALID'));
  await expect(sign(signing, '')).rejects.toEqual(code('SIGNING_ENVELOPE_INVALID'));
  const [first] = signing;
  await expect(sign(first ? [first, first] : [])).rejects.toMatchObject({
    ...{ code: 'SIGNING_KEY_DUPLICATE', message: 'expected each signing key once' },
  });
  const many = (count: number) => Array.from({ length: count }, () => first as SigningKey);
  await expect(sign(many(100))).rejects.toEqual(code('SIGNING_KEY_DUPLICATE'));
  await expect(sign(many(101))).rejects.toMatchObject({ details: { reason: 'number of keys' } });
  await expect(sign([])).rejects.toMatchObject({ details: { reason: 'number of keys' } });
  await expect(sign(signing, '')).rejects.toMatchObject({ details: { reason: 'payload type' } });
});

it('C-13 signs the payload as it is at the call', async () => {
  const changing = utf8('before');
  const pending = signEnvelope({ payloadType, payload: changing, keys: signing });
  changing.fill(0x78);
  const verified = await verifyEnvelope(await pending, { keys, threshold: 3 });
  expect(fromUtf8(verified.payload)).toBe('before');
});
