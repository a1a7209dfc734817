import { describe, expect, it } from 'vitest';
import { grounds, MISSED_PAIRS, MORE_PAIRS, PAIRS } from './pairs.js';

describe('what the source says, and nearly the same words that say something else', () => {
  it.each([...PAIRS, ...MORE_PAIRS])(
    '$about: $unsupported',
    ({ source, supported, unsupported }) => {
      expect(grounds(supported, source)).toBe(true);
      expect(grounds(unsupported, source)).toBe(false);
    },
  );

  it.each(MISSED_PAIRS)(
    'is not told apart yet: $unsupported',
    ({ source, supported, unsupported }) => {
      expect([grounds(supported, source), grounds(unsupported, source)]).toEqual([true, true]);
    },
  );
});
