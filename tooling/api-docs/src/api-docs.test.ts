import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWorkspace, repositoryRoot } from '@spanforge-tooling/workspace';
import { describe, expect, it } from 'vitest';
import { entrySources, undocumentedExports } from './documentation.js';
import { createProgram } from './program.js';
import { readersOfRecords } from './readers-of-records.js';
import { type ReadmeProgram, readmeProblems, readmeProgram } from './readme-program.js';

const root = repositoryRoot();
const packages = readWorkspace(root, ['packages']);

describe('every export has TSDoc', () => {
  const program = createProgram(root, packages.flatMap(entrySources));

  it.each(packages.map((one) => [one.folder, one] as const))('%s', (_, one) => {
    expect(undocumentedExports(one, program)).toEqual([]);
  });

  // A new one is put under what keeps tenants apart in it, and asked about in
  // packages/cli/src/library-isolation.test.ts where it reads for somebody.
  it('and each that reads records is classified', () => {
    const path = join(root, 'tooling/repository/readers-of-records.json');
    const known = Object.values(JSON.parse(readFileSync(path, 'utf8'))).flat();
    const found = packages.flatMap((one) => readersOfRecords(one, program));
    expect([...new Set(found)].sort()).toEqual(known.sort());
  }, 60_000);
});

describe('the README begins with a program that type-checks', () => {
  // The command line is not a library: its README may begin with a shell session.
  const libraries = packages.filter(({ folder }) => folder !== 'packages/cli');
  const readmes = new Map(libraries.map((one) => [one.folder, readmeProgram(one)]));
  const programs = [...readmes.values()].filter(
    (one): one is ReadmeProgram => typeof one !== 'string',
  );
  const program = createProgram(root, [], new Map(programs.map(({ path, code }) => [path, code])));

  it.each([...readmes])('%s', (_, readme) => {
    if (typeof readme === 'string') expect.fail(readme);
    expect(readmeProblems(program, readme)).toEqual([]);
  });
});

describe('the checks themselves', () => {
  const fixture = (name: string) => ({
    folder: `fixtures/${name}`,
    directory: join(import.meta.dirname, '../fixtures', name),
    manifest: {
      name,
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    },
    publishable: true,
  });

  it('name the exports that have no TSDoc, through re-exports', () => {
    const undocumented = fixture('undocumented');
    const program = createProgram(root, entrySources(undocumented));
    expect(undocumentedExports(undocumented, program)).toEqual([
      'fixtures/undocumented/src/other.ts:4 bare',
      'fixtures/undocumented/src/index.ts:7 Bare',
      'fixtures/undocumented/src/index.ts:11 onlyComment',
    ]);
  });

  it('name a missing entry', () => {
    const program = createProgram(root, []);
    expect(undocumentedExports(fixture('nowhere'), program)).toEqual([
      'fixtures/nowhere/src/index.ts does not exist',
    ]);
  });

  it('find a README program that does not type-check, with its line', () => {
    const readme = readmeProgram(fixture('wrong-readme'));
    if (typeof readme === 'string') expect.fail(readme);
    const program = createProgram(root, [], new Map([[readme.path, readme.code]]));
    expect(readmeProblems(program, readme)).toEqual([
      "README.md:7 Type 'string' is not assignable to type 'number'.",
    ]);
  });

  it('find a README without a TypeScript program', () => {
    expect(readmeProgram(fixture('undocumented'))).toBe('there is no README.md');
    expect(readmeProgram(fixture('shell-readme'))).toBe('the first code block is "sh", not "ts"');
  });
});
