import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../bytes.js';
import { canonicalizeText, parseJson } from './parse.js';
import type { JsonValue } from './types.js';

const refusal = (input: string | Uint8Array, limits = {}) => {
  try {
    return { accepted: parseJson(input, limits) };
  } catch (error) {
    const { code, details } = error as { code: string; details: Record<string, unknown> };
    return { code, ...details };
  }
};

describe('parseJson', () => {
  it('gives what JSON.parse gives', () => {
    fc.assert(
      fc.property(
        fc.json({ stringUnit: 'binary', maxDepth: 6 }),
        fc.constantFrom(0, 2, '\t'),
        (json, space) => {
          const text = JSON.stringify(JSON.parse(json), undefined, space);
          expect(parseJson(text)).toEqual(JSON.parse(json));
          expect(parseJson(utf8(text))).toEqual(JSON.parse(json));
        },
      ),
    );
  });

  it('accepts no text that JSON.parse refuses, whatever is mutated', () => {
    const seed = '{"a":[1,-0.5e+3,"\\u00e9\\n"],"b":{"c":null,"d":true},"e":"x"}';
    const unit = fc.constantFrom(...'{}[]",:\\u0123eE+-. \ntfn\u0000');
    fc.assert(
      fc.property(fc.nat(seed.length), fc.nat(3), unit, (at, cut, put) => {
        const text = seed.slice(0, at) + put + seed.slice(at + cut);
        let mine: JsonValue;
        try {
          mine = parseJson(text);
        } catch {
          return;
        }
        expect(mine).toEqual(JSON.parse(text));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '',
    ' ',
    '{',
    '[',
    '"',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    '[1 2]',
    '01',
    '-',
    '+1',
    '1.',
    '.5',
    '1e',
    '0x10',
    'NaN',
    'Infinity',
    '-Infinity',
    'undefined',
    'nul',
    'True',
    '"\t"',
    '"\\x"',
    '"\\u12"',
    '"\\u{1}"',
    '[1]]',
    '1 2',
    '{} x',
    '/*c*/1',
    '\u00a01',
    '{"a"}',
    '{"a":}',
    '[,1]',
    '"\u0000"',
    '\u0000',
  ])('refuses %j', (text) => {
    expect(refusal(text)).toMatchObject({
      code: 'SIGNING_JSON_INVALID',
      offset: expect.any(Number),
    });
  });

  it('says where', () => {
    expect(refusal('{"a": [1,\n  {"b": tru}]}')).toMatchObject({
      offset: 18,
      line: 2,
      column: 9,
      path: '$.a[1].b',
      reason: 'unexpected character',
    });
  });

  it.each([
    ['1 2', 'SIGNING_JSON_INVALID', 'something follows the value', 2],
    ['{"a":1,b:2}', 'SIGNING_JSON_INVALID', 'expected a key', 7],
    ['[1 2]', 'SIGNING_JSON_INVALID', 'expected ,', 3],
    ['{"a" 1}', 'SIGNING_JSON_INVALID', 'expected :', 5],
    ['nul', 'SIGNING_JSON_INVALID', 'unexpected character', 0],
    ['{"a":1, "a":2}', 'SIGNING_JSON_DUPLICATE_KEY', 'duplicate key', 8],
    ['['.repeat(65), 'SIGNING_JSON_TOO_DEEP', 'nesting', 64],
  ])('says why it refuses %j', (text, code, reason, offset) => {
    expect(refusal(text)).toMatchObject({ code, reason, offset });
    expect(() => parseJson(text)).toThrow(`column ${offset + 1}: ${reason}`);
  });

  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":1}',
    '{"":1,"":1}',
    '{"__proto__":1,"__proto__":2}',
    '[{"a":{"b":1,"c":2,"\\u0062":3}}]',
  ])('C-01 refuses the duplicate key in %s', (text) => {
    expect(refusal(text)).toMatchObject({ code: 'SIGNING_JSON_DUPLICATE_KEY' });
  });

  it('C-02 makes __proto__ an own property and pollutes nothing', () => {
    const text = '{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}},"toString":1}';
    const value = parseJson(text) as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getOwnPropertyDescriptor(value, '__proto__')).toEqual({
      ...{ value: { x: 1 }, configurable: true, enumerable: true, writable: true },
    });
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it.each(['"\ud800"', '"\udc00x"', '"\\ud800"', '"\\udc00\\ud800"', '{"\\udfff":1}'])(
    'C-03 refuses the lone surrogate in %j',
    (text) => {
      expect(refusal(text)).toMatchObject({ reason: 'lone surrogate' });
    },
  );

  it('joins a pair however it is spelled', () => {
    expect(parseJson('"\\ud83d\\ude00"')).toBe('\u{1f600}');
    expect(parseJson('"\ud83d\\ude00"')).toBe('\u{1f600}');
  });

  it('C-04 refuses a number too large for a double and keeps exact zeros', () => {
    expect(refusal('[1e400]')).toMatchObject({
      code: 'SIGNING_JSON_NUMBER',
      offset: 1,
      path: '$[0]',
    });
    expect(refusal('-1e400')).toMatchObject({ code: 'SIGNING_JSON_NUMBER' });
    expect(parseJson('[-0,0e999999999]')).toEqual([-0, 0]);
  });

  it('C-05 refuses, where asked to, what a double would change silently', () => {
    for (const text of ['9007199254740993', '-9007199254740992', '1e21', '1e-400']) {
      expect(refusal(text, { integers: 'safe' })).toMatchObject({ code: 'SIGNING_JSON_NUMBER' });
    }
    expect(parseJson('[9007199254740991,1e-7,5e-324,0e5]', { integers: 'safe' })).toEqual([
      9007199254740991, 1e-7, 5e-324, 0,
    ]);
  });

  it('C-06 refuses deep nesting at the 65th level', () => {
    expect(refusal('['.repeat(200_000))).toMatchObject({
      code: 'SIGNING_JSON_TOO_DEEP',
      offset: 64,
    });
    expect(refusal('{"a":'.repeat(200_000))).toMatchObject({ code: 'SIGNING_JSON_TOO_DEEP' });
    expect(refusal(`${'['.repeat(64)}${']'.repeat(64)}`)).toHaveProperty('accepted');
  });

  it('C-07 refuses input beyond maxBytes, counted in UTF-8', () => {
    expect(refusal('"éé"', { maxBytes: 5 })).toMatchObject({
      code: 'SIGNING_JSON_TOO_LARGE',
      bytes: 6,
    });
    expect(refusal('"éé"', { maxBytes: 6 })).toEqual({ accepted: 'éé' });
    expect(refusal(utf8('"éé"'), { maxBytes: 5 })).toMatchObject({
      code: 'SIGNING_JSON_TOO_LARGE',
    });
    expect(refusal('x'.repeat(16_777_217))).toMatchObject({ code: 'SIGNING_JSON_TOO_LARGE' });
    expect(refusal('1234', { maxBytes: 3 })).toStrictEqual({
      ...{ code: 'SIGNING_JSON_TOO_LARGE', bytes: 4, maxBytes: 3 },
      ...{ offset: 0, line: 1, column: 1, path: '$' },
    });
    expect(() => parseJson('1234', { maxBytes: 3 })).toThrow('JSON is larger than 3 bytes');
    // As many code units as bytes are allowed, and more bytes.
    expect(refusal('"éé"', { maxBytes: 4 })).toMatchObject({ bytes: 6, maxBytes: 4 });
    // Longer than that at first sight: nothing is encoded to count it.
    expect(refusal('"éé"', { maxBytes: 3 })).toMatchObject({ bytes: 4, maxBytes: 3 });
    expect(refusal(utf8('1234'), { maxBytes: 3 })).toMatchObject({ bytes: 4, maxBytes: 3 });
    expect(refusal(utf8('123'), { maxBytes: 3 })).toEqual({ accepted: 123 });
  });

  it('C-07 takes many keys and long ones', () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => `"k${index}":${index}`);
    expect(Object.keys(parseJson(`{${keys.join()}}`) as object)).toHaveLength(100_000);
    expect(parseJson(`{"${'k'.repeat(65_536)}":1}`)).toBeTypeOf('object');
  });

  it.each([
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x31], 0],
    ['UTF-16', [0x7b, 0x00, 0x7d, 0x00], 1],
    ['overlong UTF-8', [0x22, 0xc0, 0xaf, 0x22], 1],
    ['a truncated character', [0x22, 0xe2, 0x82], 3],
    ['an encoded surrogate', [0x22, 0x0a, 0xed, 0xa0, 0x80, 0x22], 3],
  ])('C-08 refuses %s', (_name, bytes, offset) => {
    const answer = refusal(Uint8Array.from(bytes));
    expect(answer).toMatchObject({ code: 'SIGNING_JSON_INVALID', offset });
  });

  it('finds the invalid byte in a large input', () => {
    const bytes = utf8(`"${'é\n'.repeat(20_000)}"`);
    for (const at of [1, 4095, 4096, 4097, 8191, 8193, 50_000]) {
      const broken = bytes.with(at, 0xff);
      const { offset } = refusal(broken) as unknown as { offset: number };
      expect(Math.abs(offset - at)).toBeLessThanOrEqual(1);
    }
  });

  it('refuses a byte order mark in text', () => {
    expect(refusal('\ufeff1')).toMatchObject({ code: 'SIGNING_JSON_INVALID', offset: 0 });
  });
});

describe('canonicalizeText', () => {
  it('sorts keys and keeps the spelling of numbers', () => {
    const text = '{"b": 1.0, "a": [1E5, -0, 1e-07, {"d": 10.50, "c": "\\u00e9"}]}';
    expect(canonicalizeText(text)).toBe('{"a":[1E5,-0,1e-07,{"c":"é","d":10.50}],"b":1.0}');
  });

  it('refuses what a double would change where asked to, and only there', () => {
    for (const text of ['9007199254740993', '1e21', '1e-400']) {
      expect(canonicalizeText(text)).toBe(text);
      expect(() => canonicalizeText(text, { integers: 'safe' })).toThrow(
        expect.objectContaining({ code: 'SIGNING_JSON_NUMBER' }),
      );
    }
    expect(canonicalizeText('[1.0,9007199254740991]', { integers: 'safe' })).toBe(
      '[1.0,9007199254740991]',
    );
  });

  it('is as strict as parseJson', () => {
    for (const text of ['{"a":1,"a":2}', '[1e400]', '[1,]', '['.repeat(65)]) {
      expect(() => canonicalizeText(text)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^SIGNING_JSON_/) }),
      );
    }
  });
});
