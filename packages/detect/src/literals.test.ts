import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLiteralFinder } from './literals.js';
import { createSource } from './source.js';

it('finds every place of every literal, overlapping ones too', () => {
  const literal = fc.stringMatching(/^[ab:]{2,4}$/);
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', 'é', '\u{1f600}'), maxLength: 60 });
  fc.assert(
    fc.property(fc.array(literal), text, (literals, searched) => {
      const { of, knows, found } = createLiteralFinder(literals)(createSource(searched));
      for (const one of literals) {
        const places =
          [...searched].length === 0 ? [] : Array.from({ length: searched.length }, (_, at) => at);
        expect(of(one)).toEqual(places.filter((at) => searched.startsWith(one, at)));
        expect(knows(one)).toBe(true);
      }
      expect(knows('zz')).toBe(false);
      expect([...found.keys()].every((one) => literals.includes(one))).toBe(true);
    }),
  );
});
