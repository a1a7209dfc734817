import type { GovernedResult } from '@spanforge/govern';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLine, heading } from './view.js';
import { wrap } from './wrap.js';

const line = (story: string, reason: string) => ({
  number: 12,
  traceId: 't',
  step: { story, tool: 'write_file', args: {} } as const,
  result: { outcome: 'block', status: 'held', reason } as unknown as GovernedResult<unknown>,
});

describe('wrapping', () => {
  it('loses no word, and keeps to the width', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 60 }), (all, width) => {
        const lines = wrap(all.join(' '), width);
        expect(lines.join(' ')).toBe(all.join(' '));
        for (const one of lines) expect(one.length).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('cuts a word that is too wide', () => {
    expect(wrap('abcdefgh ij', 3)).toEqual(['abc', 'def', 'gh', 'ij']);
  });
});

describe('the live table', () => {
  it('fits 120 columns, whatever the agent says, and escapes it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string(), (story, reason) => {
        const text = formatLine(line(story, reason), { colour: false });
        for (const one of text.split('\n')) expect([...one].length).toBeLessThanOrEqual(120);
        expect(text).not.toMatch(/[^\P{Cc}\n]/u);
      }),
    );
    for (const one of heading().split('\n')) expect([...one].length).toBeLessThanOrEqual(120);
  });

  it('uses colour only where it may', () => {
    expect(formatLine(line('a', 'b'), { colour: true })).toContain('\u001b[31mblock');
    expect(formatLine(line('a', 'b'), { colour: false })).not.toContain('\u001b');
  });
});
