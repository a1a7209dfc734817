import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Run } from './run.js';

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Bytes that, eight together, often are zeros of either sign or no number. */
const strange = fc.constantFrom(0, 0, 0, 0x80, 0x7f, 0xf0, 0xf8, 0xff, 0x20);

test('a run is found only where its bytes are', () => {
  const bytes = fc.array(strange, { maxLength: 20 }).map((all) => Uint8Array.from(all));
  fc.assert(
    fc.property(bytes, bytes, fc.nat(3), (expected, given, from) => {
      const isSame = expected.every((byte, at) => byte === given[from + at]);
      const end = new Run(expected).end(viewOf(given), from);
      expect([-1, ...(isSame ? [from + expected.length] : [])]).toContain(end);
    }),
    { numRuns: 2000 },
  );
});

test('text is found where it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 40 }), fc.nat(9), (text, from) => {
      const expected = Uint8Array.from(text, (letter) => Math.max(letter.charCodeAt(0), 0x20));
      const given = new Uint8Array(from + expected.length + 3);
      given.set(expected, from);
      expect(new Run(expected).end(viewOf(given), from)).toBe(from + expected.length);
      expect(new Run(expected).end(viewOf(given.subarray(0, -4)), from)).toBe(-1);
      for (let at = 0; at < expected.length; at += 1) {
        const other = given.slice();
        other[from + at] = (other[from + at] ?? 0) ^ 1;
        expect(new Run(expected).end(viewOf(other), from)).toBe(-1);
      }
    }),
  );
});
