import { describe, expect, it } from 'vitest';
import { keepWith } from './keep-with.js';

function counting() {
  const made: string[] = [];
  const nameOf = keepWith(({ name }: { name: string }) => {
    made.push(name);
    return `is ${name}`;
  });
  return { made, nameOf };
}

describe('a value kept with an object', () => {
  it('is computed once for a frozen object, and again for one that can still change', () => {
    const { made, nameOf } = counting();
    const frozen = Object.freeze({ name: 'a' });
    expect([nameOf(frozen), nameOf(frozen), made]).toEqual(['is a', 'is a', ['a']]);
    const open = { name: 'b' };
    expect(nameOf(open)).toBe('is b');
    open.name = 'c';
    expect(nameOf(open)).toBe('is c');
  });

  it('is apart from what others keep, and seen by nobody else', () => {
    const [one, other] = [counting(), counting()];
    const frozen = Object.freeze({ name: 'a' });
    one.nameOf(frozen);
    other.nameOf(frozen);
    expect([one.made, other.made]).toEqual([['a'], ['a']]);
    expect(Reflect.ownKeys(frozen)).toEqual(['name']);
    const copy = Object.freeze({ ...frozen });
    expect(one.nameOf(copy)).toBe('is a');
    expect(one.made).toEqual(['a', 'a']);
  });

  it('is not kept where it could not be computed', () => {
    let tries = 0;
    const failing = keepWith(() => {
      tries += 1;
      throw new TypeError('no name');
    });
    const frozen = Object.freeze({});
    expect(() => failing(frozen)).toThrow('no name');
    expect(() => failing(frozen)).toThrow('no name');
    expect(tries).toBe(2);
  });
});
