import { describe, expect, it } from 'vitest';
import { createOwnTypes } from './own-types.js';

const WINDOW = 65_536;

describe('types of the newest records', () => {
  it('finds the next known record, and looks no further than it is told', () => {
    const own = createOwnTypes();
    expect(own.nextKnown(0, 10)).toBe(10);
    own.note(4, 'a');
    own.note(7, 'b');
    expect([0, 3, 4, 6, 7].map((at) => own.nextKnown(at, 10))).toEqual([4, 4, 7, 7, 10]);
    // What stands at the bound, or behind it, is not looked at.
    expect(own.nextKnown(0, 4)).toBe(4);
    expect(own.nextKnown(0, 3)).toBe(3);
    expect(own.nextKnown(4, 4)).toBe(4);
  });

  it('skips what is known to be of other types, up to the bound', () => {
    const own = createOwnTypes();
    for (const [index, type] of ['a', 'b', 'a'].entries()) own.note(index, type);
    expect(own.skip(0, 10, new Set(['b']))).toBe(1);
    expect(own.skip(2, 10, new Set(['b']))).toBe(3);
    expect(own.skip(0, 2, new Set(['c']))).toBe(2);
    expect(own.skip(2, 2, new Set(['a']))).toBe(2);
  });

  it('forgets what lies a window behind, and takes no record for another', () => {
    const own = createOwnTypes();
    own.note(1, 'a');
    own.note(1 + WINDOW, 'b');
    expect(own.nextKnown(0, 10)).toBe(10);
    expect(own.skip(1, 10, new Set())).toBe(1);
    expect(own.nextKnown(WINDOW, 2 * WINDOW)).toBe(1 + WINDOW);
    expect(own.skip(1 + WINDOW, 2 * WINDOW, new Set(['a']))).toBe(2 + WINDOW);
  });
});
