import type fastCheck from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { StoreGroup, StoreQuery, StoreRecord } from '../log/store.js';

/** The library that generates values and shrinks counterexamples, passed in by the caller. */
export type FastCheck = typeof fastCheck;

const TERMS = ['type:a', 'type:b', 'trace:1', 'trace:2', 'trace:10', 'tenant:é😀', 'x'] as const;

function bytesOf(fc: FastCheck, length: number): Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

/** Records with few different terms and times, so that queries find many of them. */
export function recordArbitrary(fc: FastCheck): Arbitrary<StoreRecord> {
  const disclosure = fc.record({
    name: fc.constantFrom('args', 'result', 'naïve'),
    digest: fc.base64String({ minLength: 4, maxLength: 8 }),
    encoded: fc.base64String({ maxLength: 40, minLength: 1 }),
  });
  const mac = fc.record({ kid: fc.constantFrom('k1', 'k2'), tag: bytesOf(fc, 32) });
  return fc.record(
    {
      bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }),
      leaf: bytesOf(fc, 32),
      timeMs: fc.integer({ min: 0, max: 9 }),
      terms: fc.array(fc.constantFrom(...TERMS), { maxLength: 5 }),
      disclosures: fc.array(disclosure, { maxLength: 3 }),
      mac,
    },
    { requiredKeys: ['bytes', 'leaf', 'timeMs', 'terms', 'disclosures'] },
  );
}

/** Groups whose keys and claims often collide. */
export function groupArbitrary(fc: FastCheck): Arbitrary<StoreGroup> {
  const idempotency = fc.record({
    key: fc.constantFrom('k-a', 'k-b', 'k-c', 'k-d'),
    request: fc.constantFrom('r-1', 'r-2'),
  });
  return fc.record(
    {
      records: fc.array(recordArbitrary(fc), { minLength: 1, maxLength: 5 }),
      idempotency,
      claim: fc.constantFrom('c-a', 'c-b', 'c-c'),
    },
    { requiredKeys: ['records'] },
  );
}

/** Queries of every combination of their parts, over a log of about `size` records. */
export function queryArbitrary(fc: FastCheck, size = 40): Arbitrary<StoreQuery> {
  const index = fc.integer({ min: 0, max: size + 2 });
  const time = fc.integer({ min: -1, max: 11 });
  return fc.record(
    {
      terms: fc.array(fc.constantFrom(...TERMS, 'absent'), { maxLength: 3 }),
      from: index,
      to: index,
      fromTimeMs: time,
      toTimeMs: time,
      newestFirst: fc.boolean(),
      limit: fc.integer({ min: 1, max: size + 2 }),
    },
    { requiredKeys: ['terms', 'from', 'limit'] },
  );
}
