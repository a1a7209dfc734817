import { canonicalize } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GovernError } from '../error.js';
import { takeSnapshot } from './snapshot.js';

class Client {
  readonly secret = 'hidden';
}

const plain = fc.jsonValue({ maxDepth: 4 });

describe('takeSnapshot', () => {
  test('plain data is copied once, and equal', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const { value: held, described, exact } = takeSnapshot(value);
        expect(held).toEqual(value);
        expect(exact).toBe(true);
        expect(canonicalize(described, { integers: 'safe' })).toBeTypeOf('string');
        expect(JSON.stringify(held)).toBe(JSON.stringify(value));
      }),
    );
  });

  test('whatever is given, the description is recordable or the value is refused', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      maxDepth: 4,
    });
    fc.assert(
      fc.property(anything, (value) => {
        const { described } = takeSnapshot(value);
        expect(() => canonicalize(described, { integers: 'safe' })).not.toThrow();
      }),
    );
  });

  test('what the owner changes afterwards changes nothing', () => {
    const when = new Date(0);
    const bytes = Buffer.from('abc');
    const args = { list: [{ amount: 1 }], when, bytes };
    const { value, described } = takeSnapshot(args);
    const before = JSON.stringify(described);
    args.list[0]!.amount = 9;
    when.setTime(5);
    bytes[0] = 0;
    expect(JSON.stringify(described)).toBe(before);
    const held = value as typeof args;
    expect(held.list[0]!.amount).toBe(1);
    expect(held.when.getTime()).toBe(0);
    expect(held.bytes.toString()).toBe('abc');
    expect(Buffer.isBuffer(held.bytes)).toBe(true);
  });

  test('reads a property once', () => {
    let reads = 0;
    const args = {
      get amount() {
        reads += 1;
        return reads;
      },
    };
    const { value, described } = takeSnapshot(args);
    expect([value, described, reads]).toEqual([{ amount: 1 }, { amount: 1 }, 1]);
  });

  test('says what it cannot record, and whether the description is exact', () => {
    expect(takeSnapshot({ a: Number.NaN, b: [undefined] })).toMatchObject({
      described: { a: { unrecordable: 'NaN' }, b: [{ unrecordable: 'undefined' }] },
      exact: true,
    });
    expect(takeSnapshot(new Uint8Array([1]))).toMatchObject({
      described: { unrecordable: 'Uint8Array', bytes: 1 },
      exact: true,
    });
    expect(takeSnapshot(new Date(0)).described).toBe('1970-01-01T00:00:00.000Z');
    expect(takeSnapshot(2n ** 60n).described).toBe('1152921504606846976');
    const client = new Client();
    expect(takeSnapshot({ client })).toEqual({
      value: { client },
      described: { client: { unrecordable: 'Client' } },
      exact: false,
    });
    expect(takeSnapshot('\ud800')).toMatchObject({ described: { unrecordable: 'string' } });
    expect(takeSnapshot(() => 1)).toMatchObject({ exact: false });
  });

  test('leaves undefined members out of both, so that both say the same', () => {
    const { value, described } = takeSnapshot({ dryRun: undefined, a: 1 });
    expect(Object.keys(value as object)).toEqual(['a']);
    expect(value).toBe(described);
  });

  test('lets the host describe', () => {
    const byHost = (value: unknown): unknown =>
      value instanceof Client ? { client: 1, at: new Date(0) } : undefined;
    expect(takeSnapshot({ client: new Client(), f: new Map() }, byHost)).toMatchObject({
      described: {
        client: { client: 1, at: '1970-01-01T00:00:00.000Z' },
        f: { unrecordable: 'Map' },
      },
      exact: false,
    });
    expect(takeSnapshot(new Client(), byHost).exact).toBe(true);
  });

  test('keeps a key named __proto__ a key', () => {
    const { value } = takeSnapshot(JSON.parse('{"__proto__":{"admin":true}}'));
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect((value as { admin?: boolean }).admin).toBeUndefined();
  });

  test('refuses cycles and depth', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(() => takeSnapshot(cycle)).toThrow(GovernError);
  });
});
