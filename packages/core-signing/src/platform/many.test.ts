import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { lanesOfProcess } from './lanes.js';
import { createMacMany } from './many.js';

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');

describe('four messages at a time', () => {
  it('are hashed where the runtime has vectors, which every supported one has', () => {
    expect(lanesOfProcess()).toBeDefined();
  });

  it.each([4, 5, 6, 7, 222])('have the HMACs that the runtime gives: %i hashes', (count) => {
    for (const [length, text] of [
      [32, 'spanforge.record.v1\n'],
      [64, ''],
      [1, 'xy'],
      [0, 'a text of 23 characters'],
    ] as const) {
      const key = randomBytes(length);
      const mac = createMacMany(key);
      for (let round = 0; round < 2; round += 1) {
        const hashes = randomBytes(count * 32);
        const expected = Array.from({ length: count }, (_, at) =>
          createHmac('sha256', key)
            .update(text)
            .update(hashes.subarray(at * 32, at * 32 + 32))
            .digest(),
        );
        expect(hex(mac(Buffer.from(text), hashes))).toBe(hex(Buffer.concat(expected)));
      }
    }
    expect(createMacMany(randomBytes(32))(randomBytes(24), randomBytes(32 * 4))).toBeUndefined();
    expect(createMacMany(randomBytes(32))(randomBytes(8), randomBytes(32 * 3))).toBeUndefined();
  });
});
