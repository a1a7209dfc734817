import type { StoreGroup } from '@spanforge/core-events/log';
import { aStoreRecord } from '@spanforge/core-events/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_ROW_BYTES, pack } from './packet.js';
import { cutRows, decodeMembers, encodeMembers, MAX_ROW_RECORDS } from './row.js';

const sizes = fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 12 });

describe('rows', () => {
  it('cover every record once, in order, within their bound', () =>
    fc.assert(
      fc.property(sizes, (lengths) => {
        const records = lengths.map((length, n) =>
          aStoreRecord(n, { bytes: new Uint8Array(length) }),
        );
        const rows = cutRows(pack([{ records }]), { from: 0, to: records.length });
        expect(rows.flatMap(({ from, to }) => lengths.slice(from, to))).toEqual(lengths);
        for (const { from, to } of rows) {
          const bytes = lengths.slice(from, to).reduce((sum, length) => sum + length, 0);
          expect(to - from === 1 || bytes <= MAX_ROW_BYTES).toBe(true);
        }
      }),
      { numRuns: 30 },
    ));

  it('hold a bounded number of records', () => {
    const records = Array.from({ length: MAX_ROW_RECORDS + 1 }, (_, n) => aStoreRecord(n));
    const rows = cutRows(pack([{ records }]), { from: 0, to: records.length });
    expect(rows.map(({ from, to }) => to - from)).toEqual([MAX_ROW_RECORDS, 1]);
  });

  it('keep the positions of a term', () =>
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(65_535)), (some) => {
        const positions = some.toSorted((a, b) => a - b);
        expect(decodeMembers(encodeMembers(positions))).toEqual(positions);
        expect(decodeMembers(encodeMembers([...positions, ...some]))).toEqual(positions);
      }),
    ));
});

describe('pack', () => {
  const group = (parts: Partial<StoreGroup>): StoreGroup => ({
    records: [aStoreRecord(0)],
    ...parts,
  });

  it.each([
    ['empty_group', group({ records: [] })],
    ['digest_length', group({ records: [aStoreRecord(0, { leaf: new Uint8Array(31) })] })],
    [
      'digest_length',
      group({ records: [aStoreRecord(0, { mac: { kid: 'k', tag: new Uint8Array(3) } })] }),
    ],
    ['text', group({ records: [aStoreRecord(0, { terms: ['\ud800'] })] })],
    ['text', group({ claim: 'a\0b' })],
    ['text', group({ idempotency: { key: '\udfff', request: 'r' } })],
  ])('refuses %s', (reason, bad) => {
    expect(() => pack([bad])).toThrowError(
      expect.objectContaining({ code: 'EVENTS_STORE_INVALID', details: { reason } }),
    );
  });

  it('copies: what the caller does to its buffers afterwards changes nothing', () => {
    const record = aStoreRecord(1);
    const packet = pack([{ records: [record] }]);
    record.bytes.fill(0);
    expect(new TextDecoder().decode(packet.bytes)).toBe('record 1');
  });
});
