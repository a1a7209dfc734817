import { canonicalize } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GrantBound, grantBoundSchema, isWithinGrant } from './grant-bounds.js';

const ARGS = { order: { id: 'A', amount: 50 }, to: ['x', { n: 1 }], note: null };
const change = (order: object, more: object = {}) => ({ ...ARGS, order, ...more });
const within = (given: unknown, ...bounds: readonly GrantBound[]) =>
  isWithinGrant(ARGS, given, bounds);

describe('the arguments of a grant', () => {
  it('without bounds are those of the reviewed call, and no others', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(value, value, (was, is) => {
        expect(isWithinGrant(was, is, [])).toBe(canonicalize(was) === canonicalize(is));
        expect(isWithinGrant(was, structuredClone(was), [])).toBe(true);
      }),
    );
    expect(within(change({ id: 'A' }))).toBe(false);
    expect(within(change({ ...ARGS.order, more: 1 }))).toBe(false);
    expect(within(change(ARGS.order, { to: ['x'] }))).toBe(false);
    expect(within(change(ARGS.order, { to: ['x', { n: 1 }, 'y'] }))).toBe(false);
    expect(within(change(ARGS.order, { to: { 0: 'x', 1: { n: 1 } } }))).toBe(false);
    expect(within(change(ARGS.order, { note: undefined }))).toBe(false);
    expect(isWithinGrant(undefined, undefined, [])).toBe(false);
    expect(isWithinGrant({ a: undefined }, { a: undefined }, [])).toBe(false);
    expect(isWithinGrant({}, { toString: 1 }, [])).toBe(false);
    expect(isWithinGrant({ a: {} }, { a: null }, [])).toBe(false);
  });

  it('are numbers between the bounds, both included', () => {
    const amount = (value: unknown, bound: object) =>
      within(change({ id: 'A', amount: value }), { path: 'order.amount', ...bound });
    expect([9, 10, 20, 21].map((one) => amount(one, { min: 10, max: 20 }))).toEqual([
      ...[false, true, true, false],
    ]);
    expect([9, 10, 1e9].map((one) => amount(one, { min: 10 }))).toEqual([false, true, true]);
    expect([-1e9, 20, 21].map((one) => amount(one, { max: 20 }))).toEqual([true, true, false]);
    expect([-1, 0, 1].map((one) => amount(one, { min: 0, max: 0 }))).toEqual([false, true, false]);
    for (const odd of ['15', null, [15], Number.NaN, true]) {
      expect(amount(odd, { min: 10, max: 20 })).toBe(false);
    }
  });

  it('are one of some values, or anything', () => {
    const id = (value: unknown, bound: object) =>
      within(change({ id: value, amount: 50 }), { path: 'order.id', ...bound });
    const oneOf = ['A', 'B', 5, null, false];
    for (const value of oneOf) expect(id(value, { oneOf })).toBe(true);
    for (const value of ['C', '5', 0, true, undefined, ['A']])
      expect(id(value, { oneOf })).toBe(false);
    for (const value of ['C', 0, { deep: [1] }, null]) expect(id(value, { any: true })).toBe(true);
  });

  it('may be left out where a bound says so, and not added by it', () => {
    const optional = { path: 'order.id', optional: true } as const;
    expect(within(change({ amount: 50 }), optional)).toBe(true);
    expect(within(change({ amount: 50 }), { path: 'order.id', any: true })).toBe(false);
    expect(within(change({ id: 'B', amount: 50 }), optional)).toBe(false);
    expect(within(change(ARGS.order), optional)).toBe(true);
    expect(within({ ...ARGS, extra: 1 }, { path: 'extra', optional: true })).toBe(false);
    expect(within({ ...ARGS, extra: 1 }, { path: 'extra', max: 1 })).toBe(true);
    expect(within({ ...ARGS, extra: 2 }, { path: 'extra', max: 1 })).toBe(false);
  });

  it('are bounded by their place in lists too', () => {
    const to = (...list: readonly unknown[]) =>
      within(change(ARGS.order, { to: list }), { path: 'to.1.n', max: 5 });
    expect([to('x', { n: 5 }), to('x', { n: 6 }), to('y', { n: 5 })]).toEqual([true, false, false]);
  });

  it('are not reached by a name that only reads like a path', () => {
    for (const bound of [{ any: true } as const, { max: 100 }]) {
      const order = { path: 'order.amount', ...bound };
      expect(within(change({ id: 'A', amount: 1 }), order)).toBe(true);
      expect(within({ ...ARGS, 'order.amount': 1 }, order)).toBe(false);
      expect(isWithinGrant({ '': { a: 1 } }, { '': { a: 2 } }, [{ path: 'a', ...bound }])).toBe(
        false,
      );
    }
    const dotted = { order: { id: 'A', amount: 1 }, 'order.id': 'A' };
    const { 'order.id': _, ...less } = dotted;
    expect(isWithinGrant(dotted, less, [{ path: 'order.id', optional: true }])).toBe(false);
  });
});

describe('a bound as people write it', () => {
  const accepted = (bound: object) => grantBoundSchema.safeParse({ path: 'a', ...bound }).success;

  it('is a range, a list or anything, and only one of them', () => {
    for (const bound of [
      ...[
        { min: 1 },
        { max: 1 },
        { min: 1, max: 1 },
        { oneOf: ['a', 1, true, null] },
        { any: true },
      ],
      ...[{ optional: true }, { max: 1, optional: true }, { any: true, optional: true }],
    ]) {
      expect(accepted(bound)).toBe(true);
    }
    for (const bound of [
      ...[{}, { min: 2, max: 1 }, { min: 1, oneOf: ['a'] }, { any: true, oneOf: ['a'] }],
      ...[{ any: true, max: 1 }, { any: false }, { optional: false }, { oneOf: [] }, { more: 1 }],
      { min: 1, oneOf: [1], optional: true },
      ...[{ oneOf: Array(257).fill('a') }, { oneOf: [{}] }, { min: '1' }, { path: '' }],
      { path: 'x'.repeat(513), any: true },
    ]) {
      expect(accepted(bound)).toBe(false);
    }
    expect(accepted({ path: 'x'.repeat(512), oneOf: Array(256).fill('a') })).toBe(true);
  });
});
