import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffLines } from './line-diff.js';

const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 12 });

describe('a diff of lines', () => {
  it('gives back both texts, and says nothing of equal ones', () => {
    fc.assert(
      fc.property(text, text, (old, now) => {
        const lines = diffLines(old.join('\n'), now.join('\n'));
        const kept = (mark: string): readonly string[] =>
          lines.filter((line) => !line.startsWith(mark)).map((line) => line.slice(2));
        expect(kept('+ ')).toEqual(old);
        expect(kept('- ')).toEqual(now);
        const changed = lines.filter((line) => !line.startsWith('  '));
        expect(changed.length === 0).toBe(old.join() === now.join());
      }),
    );
  });

  it('marks the one line that changed', () => {
    expect(diffLines('a\nb\nc', 'a\nx\nc')).toEqual(['  a', '- b', '+ x', '  c']);
  });
});
