import { beforeAll, describe, expect, test } from 'vitest';
import { toBase64 } from '../bytes.js';
import { foreignKeys, type TestKey, testKey } from './test-keys.js';
import { createNoteVerifier, formatVkey, noteKeyId, parseVkey } from './vkey.js';

const ORIGIN = 'log.example/tenant';

let log: TestKey;
let witness: TestKey;

beforeAll(async () => {
  log = await testKey('log', ORIGIN);
  witness = await testKey('witness', 'witness.example/w1');
});

describe('a vkey', () => {
  const invalid = (reason: string) =>
    expect.objectContaining({
      code: 'SIGNING_VKEY_INVALID',
      details: expect.objectContaining({ reason }),
    });

  test('reads what was written, with type and role', () => {
    for (const { verifier, key, name } of [log, witness]) {
      const text = formatVkey(name, verifier.key);
      expect(formatVkey(name, key)).toBe(text);
      const parsed = parseVkey(text);
      expect([parsed.name, parsed.keyId, parsed.type, parsed.key.role]).toEqual([
        name,
        verifier.keyId,
        verifier.type,
        key.role,
      ]);
      expect(parsed.key.publicKey).toEqual(verifier.key.publicKey);
    }
    expect(formatVkey(ORIGIN, log.key)).toMatch(
      /^log\.example\/tenant\+[0-9a-f]{8}\+A[A-Za-z0-9+/]{43}$/,
    );
  });

  test('of a known log', () => {
    const text = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8';
    expect(parseVkey(text)).toMatchObject({ name: 'sum.golang.org', keyId: '033de0ae', type: 1 });
  });

  test('of another form is refused', () => {
    const text = formatVkey(ORIGIN, log.key);
    const [name, id, material] = [
      ORIGIN,
      text.split('+')[1],
      text.slice(text.indexOf('+', ORIGIN.length + 1) + 1),
    ];
    for (const wrong of [
      '',
      name,
      `${name}+${id}`,
      `+${id}+${material}`,
      ` ${text}`,
      `${text}\n`,
      `${text}A`,
      text.slice(0, -1),
      `${name}+${id?.toUpperCase()}x+${material}`,
      `lo g+${id}+${material}`,
      `${name}+${id}+${material.slice(0, -2)}=`,
      `PRIVATE+KEY+${text}`,
    ]) {
      expect(() => parseVkey(wrong), wrong).toThrow(invalid('form'));
    }
  });

  test('with another name, ID, type or key is refused', () => {
    const text = formatVkey(ORIGIN, log.key);
    expect(() => parseVkey(text.replace('tenant', 'tenanT'))).toThrow(invalid('key_id'));
    const id = log.verifier.keyId;
    const wrongId = (id.startsWith('0') ? '1' : '0') + id.slice(1);
    expect(() => parseVkey(text.replace(id, wrongId))).toThrow(invalid('key_id'));
    const typed = (type: number, key: Uint8Array) =>
      `${ORIGIN}+${noteKeyId(ORIGIN, key, type as 1)}+${toBase64(Uint8Array.of(type, ...key))}`;
    for (const type of [0, 2, 3, 5, 6, 255]) {
      expect(() => parseVkey(typed(type, log.publicKey))).toThrow(invalid('type'));
    }
    const identity = new Uint8Array(32).with(0, 1);
    for (const weak of [identity, new Uint8Array(32), new Uint8Array(32).fill(0xff)]) {
      expect(() => parseVkey(typed(1, weak))).toThrow(invalid('public_key'));
      expect(() => parseVkey(typed(4, weak))).toThrow(invalid('public_key'));
    }
  });

  test('is made of Ed25519 keys of logs and witnesses only', async () => {
    expect(() => formatVkey('a b', log.key)).toThrow(invalid('name'));
    expect(() => formatVkey('', log.key)).toThrow(invalid('name'));
    expect(() => createNoteVerifier('a+b', log.verifier.key)).toThrow(invalid('name'));
    const { ed25519, es256 } = await foreignKeys();
    expect(() => formatVkey('x', ed25519)).toThrow(invalid('role'));
    expect(() => formatVkey('x', { ...es256, role: 'log' })).toThrow(invalid('algorithm'));
  });
});
