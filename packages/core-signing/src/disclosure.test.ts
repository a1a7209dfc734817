import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from './bytes.js';
import { sha256 } from './digest.js';
import {
  committedParts,
  createDisclosure,
  matchesDisclosure,
  openDisclosure,
  textOfDisclosure,
} from './disclosure.js';
import { SigningError } from './error.js';
import { canonicalize } from './json/canonicalize.js';

const SALT = sha256('salt').subarray(0, 16);
const invalid = expect.objectContaining({ code: 'SIGNING_DISCLOSURE_INVALID' });
const encode = (text: string) => toBase64Url(utf8(text));

describe('createDisclosure', () => {
  it('opens to what went in', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'binary' }),
        fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }),
        (name, value) => {
          const { encoded, digest } = createDisclosure({ name, value, salt: SALT });
          const opened = openDisclosure(encoded);
          expect(opened.name).toBe(name);
          expect(canonicalize(opened.value)).toBe(canonicalize(value));
          expect(opened.salt).toEqual(SALT);
          expect(opened.digest).toBe(digest);
          expect(digest).toBe(toBase64Url(sha256(encoded)));
        },
      ),
    );
  });

  it('T-21 gives another digest for another salt, name or value', () => {
    const digest = (name: string, value: unknown, salt: Uint8Array) =>
      createDisclosure({ name, value, salt }).digest;
    const digests = [
      digest('a', 1, SALT),
      digest('b', 1, SALT),
      digest('a', '1', SALT),
      digest('a', 1, SALT.with(15, 0)),
    ];
    expect(new Set(digests).size).toBe(4);
  });

  it.each([
    ['a short salt', { salt: SALT.subarray(1) }],
    ['a long salt', { salt: sha256('x') }],
    ['a salt of zeros', { salt: new Uint8Array(16) }],
    ['no name', { name: '' }],
  ])('refuses %s', (_name, change) => {
    expect(() => createDisclosure({ name: 'a', value: 1, salt: SALT, ...change })).toThrow(invalid);
  });

  it('refuses what is no plain data', () => {
    expect(() => createDisclosure({ name: 'a', value: new Date(), salt: SALT })).toThrow(
      expect.objectContaining({ code: 'SIGNING_JSON_UNSUPPORTED' }),
    );
  });
});

describe('openDisclosure', () => {
  it('digests as the example of RFC 9901, section 4.2.1, whose salt has not 16 bytes', () => {
    const encoded = 'WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0';
    expect(toBase64Url(sha256(encoded))).toBe('X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0');
    expect(() => openDisclosure(encoded)).toThrow('salt length');
  });

  it('opens JSON that is not canonical: the digest covers it as it is', () => {
    const encoded = encode(`[ "${toBase64Url(SALT)}", "name", {"b": 1.0, "a": 2} ]`);
    expect(openDisclosure(encoded)).toMatchObject({
      name: 'name',
      value: { a: 2, b: 1 },
      digest: toBase64Url(sha256(encoded)),
    });
  });

  const salt = toBase64Url(SALT);
  it.each([
    ['no base64url', 'a b'],
    ['padding', `${encode(`["${salt}","a",1]`)}=`],
    ['no JSON', encode('x')],
    ['an object', encode('{}')],
    ['two parts', encode(`["${salt}","a"]`)],
    ['four parts', encode(`["${salt}","a",1,2]`)],
    ['a name that is no text', encode(`["${salt}",1,1]`)],
    ['a short salt', encode('["AAAA","a",1]')],
    ['a salt that is no text', encode('[1,"a",1]')],
    ['a salt with padding bits', encode(`["${salt.slice(0, -1)}B","a",1]`)],
    ['a duplicate key', encode(`["${salt}","a",{"x":1,"x":1}]`)],
    ['invalid UTF-8', toBase64Url(Uint8Array.of(0x5b, 0xff))],
  ])('refuses %s', (_name, encoded) => {
    expect(() => openDisclosure(encoded)).toThrow(invalid);
  });

  it('T-21 never opens a changed text to the same digest', () => {
    const { encoded, digest } = createDisclosure({ name: 'amount', value: 12.5, salt: SALT });
    for (let index = 0; index < encoded.length; index += 1) {
      const put = encoded[index] === 'A' ? 'B' : 'A';
      const changed = encoded.slice(0, index) + put + encoded.slice(index + 1);
      try {
        expect(openDisclosure(changed).digest).not.toBe(digest);
      } catch (error) {
        if (!SigningError.is(error)) throw error;
      }
    }
  });

  it('T-21 is told from another name, value or digest without reading the value', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9_.-]{1,40}$/),
        fc.jsonValue({ maxDepth: 2 }),
        fc.stringMatching(/^[A-Za-z0-9_.-]{1,40}$/),
        (name, value, other) => {
          const made = createDisclosure({ name, value, salt: SALT });
          expect(committedParts(made.encoded, made.digest)).toEqual(
            JSON.parse(fromUtf8(fromBase64Url(made.encoded))),
          );
          expect(committedParts(`${made.encoded}A`, made.digest)).toBeUndefined();
          expect(matchesDisclosure(made)).toBe(true);
          expect(matchesDisclosure({ ...made, name: other })).toBe(other === name);
          expect(matchesDisclosure({ ...made, encoded: `${made.encoded}A` })).toBe(false);
          expect(matchesDisclosure({ ...made, digest: made.digest.slice(1) })).toBe(false);
        },
      ),
    );
    const strange = createDisclosure({ name: 'two words', value: 1, salt: SALT });
    expect(matchesDisclosure(strange)).toBe(false);
  });
});

describe('textOfDisclosure', () => {
  it('knows what was made here, by identity alone', () => {
    const made = createDisclosure({ name: 'a', value: { b: 2, a: 1 }, salt: SALT });
    expect(textOfDisclosure(made)).toBe('{"a":1,"b":2}');
    expect(textOfDisclosure({ ...made })).toBeUndefined();
    expect(Object.isFrozen(made)).toBe(true);
  });

  it('gives no parts of a text that is not base64url of JSON, whatever its digest', () => {
    for (const encoded of ['W10', 'W11', 'W10=', 'e30 ', '', 'wIA', 'ww']) {
      const digest = toBase64Url(sha256(encoded));
      expect(committedParts(encoded, digest)).toEqual(encoded === 'W10' ? [] : undefined);
    }
  });
});
