import { fromUtf8 } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBlockEncoder } from './record-block.js';

/** The texts of a block, by its ends. */
function textsOf(texts: readonly string[], first: number): readonly string[] {
  const records = texts.map((text) => ({ text }));
  const { bytes, ends } = createBlockEncoder()(records, first);
  expect(records.map(({ text }) => text)).toEqual(texts.map(() => ''));
  expect(bytes[0]).toBe(0);
  expect(bytes.byteOffset).toBe(0);
  expect(bytes.length).toBe(ends.at(-1) ?? 1);
  return Array.from(ends, (end, at) => fromUtf8(bytes.subarray(at === 0 ? 1 : ends[at - 1], end)));
}

const stamped = (texts: readonly string[], first: number): readonly string[] =>
  texts.map((text, at) => `${text}${first + at}}}`);

describe('a block of texts', () => {
  it('is their UTF-8, each with its number and two braces', () => {
    const text = fc.string({ unit: fc.constantFrom('x', 'é', '€', '😀'), maxLength: 60 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 12 }), fc.maxSafeNat(), (texts, given) => {
        const first = Math.min(given, Number.MAX_SAFE_INTEGER - 12);
        expect(textsOf(texts, first)).toEqual(stamped(texts, first));
      }),
      { numRuns: 500 },
    );
  });

  it('has room for short texts after long ones beyond ASCII, and for the largest numbers', () => {
    const texts = Array.from({ length: 20 }, (_, at) =>
      at % 2 === 0 ? `${at}${'é€😀'.repeat(400)}` : `short ${at}`,
    );
    const first = Number.MAX_SAFE_INTEGER - 19;
    expect(textsOf(texts, first)).toEqual(stamped(texts, first));
    expect(textsOf(texts, 9_999_999_990)).toEqual(stamped(texts, 9_999_999_990));
  });

  it('has the replacement character for a lone surrogate, and no pair out of two records', () => {
    expect(textsOf(['a\ud83d', '\ude00b'], 0)).toEqual(['a\ufffd0}}', '\ufffdb1}}']);
  });
});
