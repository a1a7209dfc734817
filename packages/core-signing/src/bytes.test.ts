import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concatBytes,
  equalBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from './bytes.js';
import { SigningError } from './error.js';

const encodings = [
  { name: 'hex', write: toHex, read: fromHex, foreign: ['0', 'AB', 'zz', '0x00', '00 ', '0\n'] },
  {
    name: 'base64',
    write: toBase64,
    read: fromBase64,
    foreign: ['A', 'AA', 'AA=', 'AB==', 'AAB=', 'A A=', 'AA==\n', '-_-_', 'AAAA====', '=', 'é==='],
  },
  {
    name: 'base64url',
    write: toBase64Url,
    read: fromBase64Url,
    foreign: ['A', 'AB', 'AAB', 'AA==', '+/+/', 'A A', 'AA\n', 'é', 'AAAA='],
  },
];

describe.each(encodings)('$name', ({ name, write, read, foreign }) => {
  it('reads what it wrote, as Node writes it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = write(bytes);
        expect(text).toBe(Buffer.from(bytes).toString(name as BufferEncoding));
        expect(read(text)).toEqual(bytes);
      }),
    );
  });

  it.each(foreign)('refuses %j', (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'SIGNING_ENCODING_INVALID' }));
  });

  it('has one spelling: any accepted text is the one it would write', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AQgw019afz+/-_= \n') }), (text) => {
        let bytes: Uint8Array;
        try {
          bytes = read(text);
        } catch (error) {
          return SigningError.is(error);
        }
        return write(bytes) === text;
      }),
    );
  });

  it('refuses what is not text', () => {
    expect(() => read(undefined as unknown as string)).toThrow(SigningError);
  });

  it('takes a megabyte', () => {
    const bytes = Uint8Array.from({ length: 1_048_577 }, (_, index) => index * 31);
    expect(equalBytes(read(write(bytes)), bytes)).toBe(true);
  });
});

describe('UTF-8', () => {
  it('round-trips well-formed text, a byte order mark included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fromUtf8(utf8(text))).toBe(text);
      }),
    );
    expect(fromUtf8(utf8('\ufeffa'))).toBe('\ufeffa');
  });

  it.each([
    [[0xc0, 0xaf]],
    [[0xff]],
    [[0xed, 0xa0, 0x80]],
    [[0xe2, 0x82]],
    [[0xf4, 0x90, 0x80, 0x80]],
  ])('C-08 refuses %j', (bytes) => {
    expect(() => fromUtf8(Uint8Array.from(bytes))).toThrow(SigningError);
  });

  it('C-03 refuses a lone surrogate', () => {
    expect(() => utf8('a\ud800')).toThrow(SigningError);
  });
});

it('joins and compares bytes', () => {
  const joined = concatBytes(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3));
  expect(joined).toEqual(Uint8Array.of(1, 2, 3));
  expect(equalBytes(joined, Uint8Array.of(1, 2, 3))).toBe(true);
  expect(equalBytes(joined, Uint8Array.of(1, 2, 4))).toBe(false);
  expect(equalBytes(joined, Uint8Array.of(1, 2))).toBe(false);
});
