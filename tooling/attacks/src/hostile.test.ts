import { PassThrough } from 'node:stream';
import { afterAll, expect, it } from 'vitest';
import { askAt } from '../../../apps/reference/src/ask.js';
import { UNOPPOSED } from './hostile/redaction.js';
import { hostileTries } from './hostile.js';

/** The person at the terminal of the claims desk. */
async function askPerson(typed: string): Promise<string | undefined> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const answer = askAt(input, output)('Approve?');
  for (const line of typed.split(/(?<=\n)/)) {
    await expect.poll(() => output.read()).not.toBeNull();
    input.write(line);
  }
  return answer;
}

const TRIES = hostileTries(askPerson);
const rows: string[] = [];

it.each(TRIES)('$id $tried: $must', async ({ id, tried, must, happens }) => {
  const happened = await happens();
  rows.push(`| ${id} | ${tried} | ${happened} |`);
  expect(happened).toBe(must);
});

it.each(UNOPPOSED)('$tried: $must', async ({ must, happens }) => {
  expect(await happens()).toBe(must);
});

it('names every fault of the group', () => {
  const ids = Array.from({ length: 14 }, (_, at) => `D-${String(at + 1).padStart(2, '0')}`);
  expect([...new Set(TRIES.map(({ id }) => id))]).toEqual(ids);
});

afterAll(() => {
  console.log(['\n| fault | tried | what happens |', '|---|---|---|', ...rows].join('\n'));
});
