import { describe, expect, it } from 'vitest';
import { examine } from './examine.js';

const SIZES = [25_000, 50_000, 100_000, 200_000];

const fill = (part: string, size: number): string =>
  part.repeat(Math.ceil(size / part.length)).slice(0, size);

describe('work grows with the length of the text and no faster', () => {
  it.each([
    ['one word repeated', 'a '],
    ['one content word repeated', 'storm '],
    ['no spaces', 'a'],
    ['stops', '. '],
    ['stops and closers', '."'],
    ['abbreviations', 'e.g. '],
    ['initials', 'J. '],
    ['digits', '1'],
    ['digits and points', '1.'],
    ['digits and commas', '1,'],
    ['dates', '1/2/'],
    ['months', 'May 1 '],
    ['number words', 'twenty million '],
    ['names', 'Ann Bob '],
    ['negation', 'not is not '],
    ['hinges', 'but it is so '],
    ['sentences', 'The storm took 5 roofs. '],
    ['lines', 'x\n'],
    ['list items', '- x y\n'],
    ['rows', '| a | b |\n'],
    ['pipes', '|'],
    ['fences', '```\n'],
    ['rules', '- - '],
    ['hashes', '#'],
    ['links', 'https://a.b/ '],
    ['quotes', '"\''],
    ['han', '東京。'],
    ['marks', 'e\u0301\u0301'],
    ['spaces', ' '],
    ['surrogates', '\ud800'],
  ])('%s', (_, part) => {
    const steps = SIZES.map((size) => {
      const work = { steps: 0 };
      const text = fill(part, size);
      examine(
        text,
        [
          { id: 'a', text },
          { id: 'b', text: 'The storm took 5 roofs.' },
        ],
        work,
      );
      return work.steps / size;
    });
    // Steps a character may fall with the size, or stay: not grow.
    expect(Math.max(...steps)).toBeLessThan(1.3 * (steps[0] as number) + 1);
    expect(steps.at(-1)).toBeLessThan(400);
  });
});
