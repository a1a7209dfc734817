import { describe, expect, it } from 'vitest';
import { colourOutcomes, wantsColour } from './colour.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are taken out again
const plain = (text: string) => text.replace(/\u001b\[\d+m/g, '');

describe('colours', () => {
  it('mark outcomes in cells and verdicts, and nothing else', () => {
    const text = [
      'tool    outcome       why',
      'refund  block         to block it is best',
      'pay     human_review  a person decides',
      'read    allow+log',
      'VALID (L1), 16 records, allow no more',
    ].join('\n');
    const coloured = colourOutcomes(text);
    expect(plain(coloured)).toBe(text);
    expect(coloured).toContain('\u001b[31mblock\u001b[39m  ');
    expect(coloured).toContain('to block it is best');
    expect(coloured).toContain('\u001b[33mhuman_review\u001b[39m  ');
    expect(coloured).toContain('\u001b[32mallow+log\u001b[39m\n');
    expect(coloured).toContain('\u001b[32mVALID\u001b[39m (L1), 16 records, allow no more');
  });

  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ])('terminal %s with %j: %s', (isTTY, env, expected) => {
    expect(wantsColour({ isTTY }, env)).toBe(expected);
  });
});
