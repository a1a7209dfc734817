import { describe, expect, it } from 'vitest';
import { canonicalize } from './canonicalize.js';
import { frozenCopy, textOfFrozenCopy } from './plain-copy.js';

describe('a frozen copy', () => {
  it('has the canonical text of what it was made of, and cannot change', () => {
    const given = { b: [1, { c: 'x' }], a: null };
    const copy = frozenCopy(given);
    given.b.push(2);
    expect(copy).toEqual({ a: null, b: [1, { c: 'x' }] });
    expect(textOfFrozenCopy(copy)).toBe(canonicalize(copy));
    expect(Object.isFrozen(copy) && Object.isFrozen(copy.b) && Object.isFrozen(copy.b[1])).toBe(
      true,
    );
    expect(Reflect.set(copy, 'a', 1)).toBe(false);
  });

  it.each([
    ['the value it was made of', (given: object) => given],
    ['a part of it', (_: object, copy: { readonly list: object }) => copy.list],
    ['a copy of it', (_: object, copy: object) => ({ ...copy })],
    ['an object that inherits from it', (_: object, copy: object) => Object.create(copy) as object],
    ['a proxy of it', (_: object, copy: object) => new Proxy(copy, {})],
    ['no object', () => 'text'],
    ['nothing', () => null],
  ])('is not %s', (_, impostor) => {
    const given = { list: [1] };
    expect(textOfFrozenCopy(impostor(given, frozenCopy(given)))).toBeUndefined();
  });

  it.each([[{ a: undefined }], [new Date(0)], [{ a: 'x\ud800' }]])('is not made of %o', (given) => {
    expect(() => frozenCopy(given)).toThrow();
  });

  it('leaves room for what it becomes a part of', () => {
    const nested = (levels: number): object =>
      Array.from({ length: levels }).reduce<object>((inner) => [inner], {});
    expect(textOfFrozenCopy(frozenCopy(nested(31)))).toMatch(/^\[+\{\}\]+$/);
    expect(() => frozenCopy(nested(32))).toThrow(
      expect.objectContaining({ code: 'SIGNING_JSON_TOO_DEEP' }),
    );
  });
});
