import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes, toHex } from '../bytes.js';
import { isLeafHashIn, leafHash } from './hash.js';

const record = fc.uint8Array({ minLength: 1, maxLength: 80 });
const NOTHING = new Uint8Array(0);

test('a leaf is compared where it lies, and the bytes are as they were', () => {
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 6 }),
      fc.nat(),
      fc.nat(),
      (records, changed, byte) => {
        const front = Uint8Array.of(1, 2, 3);
        // Not at the beginning of its memory.
        const bytes = concatBytes(front, ...records).subarray(front.length);
        const leaves = concatBytes(...records.map((one) => leafHash(one)));
        let end = 0;
        for (const [at, one] of records.entries()) {
          const from = end;
          end += one.length;
          const before = toHex(bytes);
          expect(isLeafHashIn(bytes, from, end, leaves, at)).toBe(true);
          expect(isLeafHashIn(bytes, from, end, leaves.subarray(0, at * 32), at)).toBe(false);
          expect(isLeafHashIn(bytes, from, end, NOTHING, at)).toBe(false);
          const wrong = leaves.slice();
          wrong[at * 32 + (changed % 32)] = ((wrong[at * 32 + (changed % 32)] ?? 0) + 1) % 256;
          expect(isLeafHashIn(bytes, from, end, wrong, at)).toBe(false);
          expect(toHex(bytes)).toBe(before);
          const place = from + (byte % one.length);
          bytes[place] = ((bytes[place] ?? 0) + 1) % 256;
          expect(isLeafHashIn(bytes, from, end, leaves, at)).toBe(false);
          bytes[place] = ((bytes[place] ?? 0) + 255) % 256;
        }
      },
    ),
  );
});
