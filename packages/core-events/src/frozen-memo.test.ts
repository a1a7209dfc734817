import { describe, expect, it } from 'vitest';
import { frozenMemo } from './frozen-memo.js';

describe('a frozen memo', () => {
  it('computes once for a frozen object, and again for one that can still change', () => {
    let made = 0;
    const nameOf = frozenMemo(({ name }: { name: string }) => {
      made += 1;
      return `is ${name}`;
    });
    const frozen = Object.freeze({ name: 'a' });
    expect([nameOf(frozen), nameOf(frozen), made]).toEqual(['is a', 'is a', 1]);
    const open = { name: 'b' };
    expect(nameOf(open)).toBe('is b');
    open.name = 'c';
    expect(nameOf(open)).toBe('is c');
  });

  it('forgets what was not asked for of late, and keeps what was', () => {
    let made = 0;
    const nameOf = frozenMemo(({ name }: { name: string }) => {
      made += 1;
      return name;
    });
    const often = Object.freeze({ name: 'often' });
    const once = Object.freeze({ name: 'once' });
    nameOf(once);
    for (let at = 0; at < 5000; at += 1) {
      nameOf(often);
      nameOf(Object.freeze({ name: `of ${at}` }));
    }
    expect(made).toBe(5002);
    nameOf(often);
    expect(made).toBe(5002);
    expect([nameOf(once), made]).toEqual(['once', 5003]);
  });
});
