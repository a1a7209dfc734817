import fc from 'fast-check';
import { monotonicFactory } from 'ulid';
import { describe, expect, it } from 'vitest';
import { createIds, createRandom, isUlid, makesUlids, ulidTimeMs, ulidToUuid } from './ids.js';

describe('identifiers', () => {
  it('only ever increase, whatever the clock does (F-15)', () => {
    const year = 365 * 24 * 3_600_000;
    const times = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 60 * year }),
        fc.constantFrom(0, -1, 1.5, 8.64e15, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 48),
      ),
      { minLength: 2 },
    );
    fc.assert(
      fc.property(times, (clock) => {
        let at = 0;
        const makeId = createIds(() => clock[at++ % clock.length] as number);
        const made = Array.from({ length: clock.length * 2 }, makeId);
        expect(made.every(isUlid)).toBe(true);
        expect(made).toEqual([...new Set(made)].sort());
      }),
    );
  });

  it('tell their time, and are UUIDs in another writing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 48 - 1 }), (timeMs) => {
        const id = createIds(() => timeMs)();
        expect(ulidTimeMs(id)).toBe(timeMs);
        expect(ulidToUuid(id)?.replaceAll('-', '').slice(0, 12)).toBe(
          timeMs.toString(16).padStart(12, '0'),
        );
      }),
    );
    expect(ulidToUuid('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toBe('01563e3a-b5d3-d676-4c61-efb99302bd5b');
    expect(ulidTimeMs('01arz3ndektsv4rrffq69g5fav')).toBeUndefined();
    expect(ulidToUuid('no')).toBeUndefined();
  });

  it('are those of the ulid package, from the same clock and the same bytes', () => {
    const clocks = fc.array(fc.integer({ min: 1, max: 2 ** 48 - 1 }), { minLength: 1 });
    fc.assert(
      fc.property(clocks, fc.uint8Array({ minLength: 16, maxLength: 64 }), (times, bytes) => {
        const draws = (): (() => number) => {
          let at = 0;
          return () => bytes[at++ % bytes.length] ?? 0;
        };
        const [drawn, expectedDrawn] = [draws(), draws()];
        const expected = monotonicFactory(() => expectedDrawn() / 256);
        let at = 0;
        const clock = (): number => times[at] ?? 1;
        const makeId = createIds(clock, (length) => Uint8Array.from({ length }, drawn));
        for (; at < times.length; at += 1) {
          for (let again = 0; again < 40; again += 1) expect(makeId()).toBe(expected(clock()));
        }
      }),
    );
  });

  it('carry when many are made within one millisecond', () => {
    const makeId = createIds(
      () => 1,
      (length) => new Uint8Array(length).fill(255, 0, 5),
    );
    expect(makeId()).toBe('000000000100000000000ZZZZZ');
    expect(makeId()).toBe('00000000010000000000100000');
  });

  it('read no clock but the one given', () => {
    expect(createIds(() => 0)().slice(0, 10)).toBe('0000000001');
  });

  it.each([
    '',
    '01ARZ3NDEKTSV4RRFFQ69G5FA',
    '81ARZ3NDEKTSV4RRFFQ69G5FAV',
    '01arz3ndektsv4rrffq69g5fav',
  ])('are ULIDs, which %j is not', (text) => {
    expect(isUlid(text)).toBe(false);
  });
});

describe('randomness', () => {
  it('is given out once, in pieces of any length', () => {
    let next = 0;
    const random = createRandom((bytes) => {
      for (let at = 0; at < bytes.length; at += 1) bytes[at] = next++ % 251;
    });
    const first = random(1000);
    const second = random(1000);
    expect([first.length, second.length, random(5000).length]).toEqual([1000, 1000, 5000]);
    expect(second).not.toEqual(first);
    first.fill(0);
    expect(second.some((byte) => byte !== 0)).toBe(true);
  });
});

describe('a maker of identifiers', () => {
  it('is known by what made it, not by what it makes', () => {
    const make = createIds();
    expect(makesUlids(make)).toBe(true);
    expect(makesUlids(() => make())).toBe(false);
    expect(makesUlids(make.bind(undefined))).toBe(false);
  });

  it('makes ULIDs of whatever its clock and its random bytes are', () => {
    const odd = Array.from({ length: 16 }, (_, at) => at * 1e3) as unknown as Uint8Array;
    for (const clock of [() => Number.NaN, () => -5, () => 2 ** 60, () => 1.5]) {
      for (const bytes of [odd, new Uint8Array(0), new Uint8Array(16).fill(255)]) {
        const make = createIds(clock, () => bytes);
        expect([make(), make(), make()].every(isUlid)).toBe(true);
      }
    }
  });
});
