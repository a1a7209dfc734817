import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distinctPeople, isSamePerson } from './same-person.js';

describe('two ids', () => {
  it.each([
    ['alice', 'ALICE'],
    ['alice', 'al\u200bice'],
    ['alice', 'ａｌｉｃｅ'],
    ['alice', '\u0430lice'], // Cyrillic a
    ['alice', '\u0430l\u0456\u0441\u0435'], // Cyrillic but for the l
    ['Bob', '\u0412\u043eb'], // Cyrillic capital Ve, small o
    ['bob', '\u0412O\u0392'], // Cyrillic Ve, Greek Beta
    ['nick', '\u039dick'], // Greek capital Nu
    ['hugo', '\u13bbugo'], // Cherokee Mi
    ['anna@corp.example', '\u0430nn\u0430@\u0441\u043erp.example'],
    ['\u0430\u0441\u0435', 'ace'], // wholly of another script
    ['soho', '\u0455\u043e\u04bb\u0585'], // Cyrillic and Armenian
  ])('%s and %s are one person', (one, other) => {
    expect(isSamePerson(one, other)).toBe(true);
    expect(isSamePerson(other, one)).toBe(true);
    expect(distinctPeople([one, other, one])).toEqual([one]);
  });

  it.each([
    ['alice', 'bob'],
    ['alice', 'alicia'],
    ['user1', 'userl'],
    ['vick', 'nick'],
    ['\u0430\u043d\u043d\u0430', '\u0430\u043b\u043b\u0430'],
    ['\u03bd\u03af\u03ba\u03bf\u03c2', '\u03bd\u03ac\u03c3\u03bf\u03c2'],
    ['jos\u00e9', 'jose'],
  ])('%s and %s are two', (one, other) => {
    expect(isSamePerson(one, other)).toBe(false);
    expect(distinctPeople([one, other])).toEqual([one, other]);
  });

  it('of ASCII are one person only where their small letters are equal', () => {
    const id = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(id, id, (one, other) => {
        const equal = one.trim().toLowerCase() === other.trim().toLowerCase();
        expect(isSamePerson(one, other)).toBe(equal);
      }),
    );
  });
});
