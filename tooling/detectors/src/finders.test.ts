import { secretLintProfiler } from '@secretlint/profiler';
import { expect, it } from 'vitest';
import { secretlint, stopProfilingSecretlint } from './finders.js';

it('finds as many with no marks kept', async () => {
  stopProfilingSecretlint();
  const key = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');
  expect(await secretlint.find(`token = ${key}`)).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await secretLintProfiler.getEntries()).toEqual([]);
});
