import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from '@spanforge-tooling/workspace';
import { describe, expect, it } from 'vitest';
import { exportedTypes, isShipped, sharedTypeNames } from './exported-types.js';
import { trackedFiles } from './tracked-files.js';

const root = repositoryRoot();

/** Names that wait to be renamed. It may only become shorter, and is to be empty. */
const waiting: readonly string[] = JSON.parse(
  readFileSync(new URL('../shared-type-names.json', import.meta.url), 'utf8'),
);

describe('exported type names', () => {
  const shared = sharedTypeNames(pathToFileURL(join(root, '/')), trackedFiles(root));

  it('stand for one type each, in the whole workspace', () => {
    const found = shared.filter(({ name }) => !waiting.includes(name));
    expect(found.map(({ name, files }) => `${name}: ${files.join(', ')}`)).toEqual([]);
  });

  it('wait to be renamed only where they are still shared', () => {
    const names = shared.map(({ name }) => name);
    expect(waiting.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('are found in declarations, not in what is passed on', () => {
    const text = [
      "export type { A } from './a.js';",
      'export interface B {}',
      'export type C = 1;',
      'export class D {}',
      'interface E {}',
      'export const F = 1;',
      'export abstract class G {}',
    ].join('\n');
    expect(exportedTypes('x.ts', text)).toEqual(['B', 'C', 'D', 'G']);
  });

  it.each([
    ['packages/scope/src/scope.ts', true],
    ['packages/scope/src/jwt/keys.ts', true],
    ['packages/scope/src/scope.test.ts', false],
    ['packages/scope/src/testing/fixtures.ts', false],
    ['packages/policy/src/test-log.ts', false],
    ['tooling/bench/src/run.ts', false],
  ])('count in %s: %s', (path, counts) => expect(isShipped(path)).toBe(counts));
});

it('a version that records name is written in version.ts and nowhere else', () => {
  const own = /['"`]spanforge-[a-z-]+@\d/;
  const found = trackedFiles(root).filter(
    (file) =>
      isShipped(file) &&
      !file.endsWith('/version.ts') &&
      own.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(found).toEqual([]);
});
