import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@spanforge-tooling/workspace';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Mutant, readMutants } from './mutant.js';
import { runTarget } from './run-target.js';
import { compareSurvivors, type Listed, readListed } from './survivors.js';
import { rowOf, tableOf } from './table.js';
import { TARGETS } from './targets.js';

const root = repositoryRoot();
const mutant: Mutant = { file: 'src/a.ts', line: 1, at: 'a < b', change: '< → <=', fate: 'killed' };
const survivor: Mutant = { ...mutant, fate: 'survived' };
const listed: Listed = {
  ...{ target: 'a', file: 'src/a.ts', at: 'a < b', change: '< → <=' },
  reason: 'Both are the same here.',
};

describe('the list of survivors', () => {
  it('says nothing of what is killed, or listed', () => {
    const none = { unlisted: [], stale: [] };
    expect(compareSurvivors([mutant], [])).toEqual(none);
    expect(compareSurvivors([mutant, survivor], [listed])).toEqual(none);
  });

  it('tells a survivor that is not listed, on whichever line it is now', () => {
    expect(compareSurvivors([survivor], [])).toEqual({ unlisted: [survivor], stale: [] });
    const moved = { ...survivor, line: 9 };
    expect(compareSurvivors([moved, moved], [listed]).unlisted).toEqual([moved]);
  });

  it.each([
    ['killed', [mutant]],
    ['out of time', [{ ...mutant, fate: 'timed out' } as const]],
    ['gone', []],
  ])('tells an entry whose mutant is %s', (_, mutants) => {
    expect(compareSurvivors(mutants, [listed])).toEqual({ unlisted: [], stale: [listed] });
  });

  it('has a reason for each, and names code that is there', () => {
    for (const { target, file, at } of readListed(join(root, 'tooling/mutation/survivors.json'))) {
      const { folder = '' } = TARGETS.find(({ name }) => name === target) ?? {};
      const lines = readFileSync(join(root, folder, file), 'utf8').split('\n');
      expect(lines.map((line) => line.trim())).toContain(at);
    }
  });
});

it('names a mutant by its line and its change', () => {
  const fileName = join(root, 'tooling/mutation/src/example.ts');
  const location = { start: { line: 3, column: 10 }, end: { line: 3, column: 23 } };
  const base = { id: '1', fileName, location, mutatorName: '', replacement: 'value <= limit' };
  const found = readMutants(root, 'tooling/mutation', [
    { ...base, status: 'NoCoverage' },
    { ...base, status: 'Ignored' },
  ]);
  expect(found).toEqual([
    {
      ...{ file: 'src/example.ts', line: 3, at: 'return value < limit;' },
      ...{ change: 'value < limit → value <= limit', fate: 'survived' },
    },
  ]);
});

it('counts what survived, and never rounds it away', () => {
  const mutants = [...Array<Mutant>(1999).fill(mutant), survivor];
  expect(
    tableOf([rowOf('a', mutants)])
      .split('\n')
      .at(-1),
  ).toBe('| a | 2000 | 1999 | 1 | 0 | 99.9 |');
});

describe('the targets', () => {
  it('are each in the table of the README', () => {
    const readme = readFileSync(join(root, 'tooling/mutation/README.md'), 'utf8');
    for (const { name } of TARGETS) expect(readme).toContain(`\n| ${name} |`);
  });
});

it('finds the one change of the example that its tests do not notice', async () => {
  const folder = process.cwd();
  onTestFinished(() => process.chdir(folder));
  const target = {
    ...{ name: 'example', folder: 'tooling/mutation' },
    ...{ mutate: ['src/example.ts'], tests: ['src/example.test.ts'] },
  };
  const mutants = await runTarget(root, target, { incremental: false, quiet: true });
  expect(mutants.filter(({ fate }) => fate === 'survived').map(({ change }) => change)).toEqual([
    'value < limit → value <= limit',
  ]);
  expect(rowOf('example', mutants)).toMatchObject({ killed: mutants.length - 1, timedOut: 0 });
  expect(mutants.length).toBeGreaterThan(3);
});
