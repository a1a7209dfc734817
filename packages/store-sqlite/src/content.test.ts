import type { StoreRecord } from '@spanforge/core-events/log';
import { aStoreRecord } from '@spanforge/core-events/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toContent } from './content.js';
import { pack } from './packet.js';
import { rowOf } from './row.js';

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
const mac = fc.record({ kid: fc.constantFrom('a', 'b', 'c'), tag: digest });
const records = fc.array(
  fc
    .record({ bytes: fc.uint8Array({ minLength: 1 }), leaf: digest, mac: fc.option(mac) })
    .map(({ mac, ...rest }) => aStoreRecord(0, mac ? { ...rest, mac } : rest)),
  { minLength: 1, maxLength: 20 },
);

function contentOf(all: readonly StoreRecord[], first = 0) {
  const row = rowOf(pack([{ records: all }]), { from: 0, to: all.length });
  return toContent([first, row.ends, row.times, row.leaves, row.kids, row.macs, row.bytes]);
}

describe('a row', () => {
  it('gives back every record it was made of', () =>
    fc.assert(
      fc.property(records, fc.nat(), (all, first) => {
        const content = contentOf(all, first);
        expect(content.count).toBe(all.length);
        for (const [at, { bytes, leaf, mac, timeMs }] of all.entries()) {
          const stored = { index: first + at, bytes, leaf, ...(mac ? { mac } : {}) };
          expect(content.viewAt(at)).toEqual(stored);
          expect(content.copies([at])).toEqual([stored]);
          expect(content.timeAt(at)).toBe(timeMs);
        }
      }),
    ));

  it('asks for no more bytes than from the first record it copies to the last', () =>
    fc.assert(
      fc.property(
        records,
        fc.infiniteStream(fc.boolean()),
        fc.boolean(),
        (all, chosen, backwards) => {
          const { bytes, ...row } = rowOf(pack([{ records: all }]), { from: 0, to: all.length });
          const asked: (readonly [number, number])[] = [];
          const content = toContent(
            [0, row.ends, row.times, row.leaves, row.kids, row.macs],
            (from, to) => {
              asked.push([from, to]);
              return bytes.subarray(from, to);
            },
          );
          const positions = [...all.keys()].filter(() => chosen.next().value);
          if (backwards) positions.reverse();
          expect(content.copies(positions)).toEqual(contentOf(all).copies(positions));
          const [first, last] = [Math.min(...positions), Math.max(...positions)];
          const bytesOf = (count: number): number =>
            all.slice(0, count).reduce((sum, one) => sum + one.bytes.length, 0);
          expect(asked).toEqual(
            positions.length === 0 ? [] : [[bytesOf(first), bytesOf(last + 1)]],
          );
        },
      ),
    ));

  it('gives a copy that does not hold the row in memory', () => {
    const content = contentOf([aStoreRecord(0), aStoreRecord(1)]);
    const [{ bytes, leaf } = aStoreRecord(1)] = content.copies([1]);
    expect([bytes, leaf].map(({ buffer }) => buffer.byteLength)).toEqual([
      bytes.length + 32,
      bytes.length + 32,
    ]);
  });

  it('refuses columns of other lengths', () => {
    expect(() => toContent([7, new Uint8Array(4), new Uint8Array(8), null])).toThrowError(
      expect.objectContaining({ details: { reason: 'row', first: 7 } }),
    );
  });
});
