import { fromUtf8 } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecordEncoder, stampNumber } from './record-encoder.js';

const text = fc.string({ unit: 'grapheme', maxLength: 400 });

describe('the record encoder', () => {
  it('puts a zero before the UTF-8 of any text', () => {
    const encode = createRecordEncoder();
    fc.assert(
      fc.property(text, (one) => {
        const encoded = encode(one);
        expect(encoded[0]).toBe(0);
        expect(fromUtf8(encoded.subarray(1))).toBe(one);
      }),
      { numRuns: 500 },
    );
  });

  it('runs off the end of a slab in the middle of a text, and writes over nothing', () => {
    const encode = createRecordEncoder();
    // 22,500 bytes each in 10,000 characters, and short ones after those that did not fit.
    const texts = Array.from({ length: 60 }, (_, at) =>
      at % 2 === 0 ? `${at}${'é€😀'.repeat(2500)}` : `short ${at}`,
    );
    const encoded = texts.map(encode);
    expect(encoded.map((bytes) => bytes[0])).toEqual(texts.map(() => 0));
    expect(encoded.map((bytes) => fromUtf8(bytes.subarray(1)))).toEqual(texts);
  });

  it('takes a text larger than a slab', () => {
    const large = 'x'.repeat(300_000);
    expect(fromUtf8(createRecordEncoder()(large).subarray(1))).toBe(large);
  });

  it('adds a number and two braces behind each text, whatever came between', () => {
    const encode = createRecordEncoder();
    const texts = Array.from({ length: 40 }, (_, at) => `{"é${'x'.repeat(at * 999)}":{"n":`);
    const encoded = texts.map(encode);
    const numbers = texts.map((_, at) => (at % 3 === 0 ? Number.MAX_SAFE_INTEGER - at : at));
    const stamped = encoded.map((bytes, at) => stampNumber(bytes, numbers[at] ?? 0));
    expect(stamped.map((bytes) => fromUtf8(bytes))).toEqual(
      texts.map((one, at) => `\0${one}${numbers[at]}}}`),
    );
  });
});
