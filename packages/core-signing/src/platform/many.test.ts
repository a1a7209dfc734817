import { createHash, createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { lanesOfProcess } from './lanes.js';
import { createMacMany, subtreeRoot } from './many.js';

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');

describe('four messages at a time', () => {
  it('are hashed where the runtime has vectors, which every supported one has', () => {
    expect(lanesOfProcess()).toBeDefined();
  });

  it.each([4, 5, 6, 7, 222, 5000])('have the HMACs that the runtime gives: %i hashes', (count) => {
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

  it('have the root that the runtime gives', () => {
    for (const count of [2, 4, 8, 256, 1024]) {
      const leaves = randomBytes(count * 32);
      let level = leaves;
      while (level.length > 32) {
        const pairs = Array.from({ length: level.length / 64 }, (_, at) =>
          createHash('sha256')
            .update('\x01')
            .update(level.subarray(at * 64, at * 64 + 64))
            .digest(),
        );
        level = Buffer.concat(pairs);
      }
      expect(hex(subtreeRoot(leaves))).toBe(hex(level));
    }
    expect(subtreeRoot(randomBytes(4096 * 32))).toBeUndefined();
  });
});
