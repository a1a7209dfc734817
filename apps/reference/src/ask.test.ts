import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { askAt } from './ask.js';

function terminal() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  return { input, output, answer: askAt(input, output)('Approve?') };
}

it.each([
  ['y\n', 'approved'],
  [' YES \n', 'approved'],
  ['n\n', 'rejected'],
  ['No\n', 'rejected'],
])('takes %j as %s', async (typed, expected) => {
  const { input, output, answer } = terminal();
  input.write(typed);
  expect(await answer).toBe(expected);
  expect(String(output.read())).toContain('Approve? [y/n] ');
});

it.each(['', 'maybe', 'ye', 'yes please', 'nope', '1'])('asks again after %j', async (typed) => {
  const { input, output, answer } = terminal();
  input.write(`${typed}\n`);
  await expect.poll(() => String(output.read())).toContain('Please answer y or n: ');
  input.write('n\n');
  expect(await answer).toBe('rejected');
});

it('takes the end of the input as no answer, never as approval', async () => {
  const { input, answer } = terminal();
  input.end();
  expect(await answer).toBeUndefined();
});
