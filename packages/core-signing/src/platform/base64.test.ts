import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64Url, textOfBase64Url } from '#platform';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** What a text stands for by the table of RFC 4648, section 5; undefined for any other text. */
function bytesOf(encoded: string): Uint8Array | undefined {
  let bits = '';
  for (const letter of encoded) {
    const place = ALPHABET.indexOf(letter);
    if (place < 0) return undefined;
    bits += place.toString(2).padStart(6, '0');
  }
  const whole = bits.length - (bits.length % 8);
  if (encoded.length % 4 === 1 || /1/.test(bits.slice(whole))) return undefined;
  return Uint8Array.from(bits.slice(0, whole).match(/.{8}/g) ?? [], (byte) => parseInt(byte, 2));
}

const expected = (encoded: string): string | undefined => {
  const bytes = bytesOf(encoded);
  return bytes && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
};

const told = (of: (encoded: string) => string | undefined, encoded: string): unknown => {
  try {
    return of(encoded);
  } catch {
    return 'not UTF-8';
  }
};

const letter = fc.constantFrom(
  ...ALPHABET,
  ...['+', '/', '=', ' ', '\n', '.', '\u0141', '\u00c1', 'é', '\u{1d400}'],
);

describe('the text of base64url', () => {
  it('is what the table says, and nothing else has one', () => {
    const written = fc.string({ unit: 'binary', maxLength: 12 }).map(encodeBase64Url);
    const short = fc.array(letter, { maxLength: 9 }).map((letters) => letters.join(''));
    const changed = fc
      .tuple(written, fc.nat(16), letter, fc.nat(2))
      .map(([text, at, put, cut]) => text.slice(0, at) + put + text.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(written, short, changed), (encoded) => {
        expect(told(textOfBase64Url, encoded)).toBe(told(expected, encoded));
      }),
      { numRuns: 1000 },
    );
  });

  it('may be longer than the room for short ones', () => {
    const text = 'é'.repeat(9000);
    const encoded = encodeBase64Url(text);
    expect(textOfBase64Url(encoded)).toBe(text);
    expect(textOfBase64Url(`${encoded.slice(0, -2)}+A`)).toBeUndefined();
  });
});
