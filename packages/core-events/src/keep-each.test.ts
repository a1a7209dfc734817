import { expect, it } from 'vitest';
import { keepEach } from './keep-each.js';

it('computes the text of a name once, and forgets names before there are too many', () => {
  const made: string[] = [];
  const textOf = keepEach((name) => {
    made.push(name);
    return `is ${name}`;
  });
  expect([textOf('a'), textOf('a'), made]).toEqual(['is a', 'is a', ['a']]);
  for (let at = 0; at < 1100; at += 1) expect(textOf(`n${at}`)).toBe(`is n${at}`);
  expect(textOf('a')).toBe('is a');
  expect(made.filter((name) => name === 'a')).toHaveLength(2);
});
