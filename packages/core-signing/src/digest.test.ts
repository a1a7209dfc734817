import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from './bytes.js';
import { hkdfSha256, hmacSha256, sha256 } from './digest.js';
import { testData } from './tlog/test-data.js';

const data = testData('vectors/wycheproof');
const vectors = (name: string) => JSON.parse(data.text(name)).testGroups;

describe('sha256', () => {
  it('equals an independent implementation, for bytes and for text', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.string({ unit: 'binary' }),
        (bytes, text) => {
          expect(toHex(sha256(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'));
          expect(toHex(sha256(text))).toBe(createHash('sha256').update(text, 'utf8').digest('hex'));
        },
      ),
    );
  });

  it('gives a plain array that shares nothing', () => {
    const digest = sha256('abc');
    expect(digest.constructor).toBe(Uint8Array);
    expect(digest.buffer.byteLength).toBe(32);
  });

  it('C-03 refuses a lone surrogate instead of hashing a replacement', () => {
    expect(() => sha256('\udc00')).toThrow(
      expect.objectContaining({ code: 'SIGNING_ENCODING_INVALID' }),
    );
  });
});

describe('hmacSha256', () => {
  it('equals an independent implementation at every length around its block sizes', () => {
    for (const keyLength of [0, 1, 31, 32, 63, 64, 65, 200]) {
      const key = Uint8Array.from({ length: keyLength }, (_, index) => index + 1);
      for (const length of [0, 1, 52, 63, 64, 65, 959, 960, 961, 5000]) {
        const message = new Uint8Array(length).fill(7);
        const expected = createHmac('sha256', key).update(message).digest('hex');
        expect(toHex(hmacSha256(key, message))).toBe(expected);
      }
    }
  });

  it.skipIf(!data.there)('agrees with Wycheproof, shortened tags included', () => {
    for (const group of vectors('hmac_sha256_test.json')) {
      for (const test of group.tests) {
        const tag = toHex(hmacSha256(fromHex(test.key), fromHex(test.msg)));
        const same = tag.slice(0, group.tagSize / 4) === test.tag;
        expect(same, `test ${test.tcId}`).toBe(test.result === 'valid');
      }
    }
  });
});

describe('hkdfSha256', () => {
  it.skipIf(!data.there)('agrees with Wycheproof', () => {
    for (const group of vectors('hkdf_sha256_test.json')) {
      for (const { ikm, salt, info, size, okm, result, tcId } of group.tests) {
        const derive = () => hkdfSha256(fromHex(ikm), fromHex(salt), fromHex(info), size);
        if (result === 'valid') expect(toHex(derive()), `test ${tcId}`).toBe(okm);
        else expect(derive).toThrow(expect.objectContaining({ code: 'SIGNING_ARGUMENT_INVALID' }));
      }
    }
  });

  it.each([-1, 0.5, 8161, Number.NaN])('refuses a length of %d', (length) => {
    const nothing = new Uint8Array();
    expect(() => hkdfSha256(nothing, nothing, nothing, length)).toThrow(
      expect.objectContaining({ code: 'SIGNING_ARGUMENT_INVALID' }),
    );
  });
});
