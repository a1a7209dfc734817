import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWorkspace, repositoryRoot } from '@spanforge-tooling/workspace';
import { describe, expect, it } from 'vitest';
import { pendingReleases } from './changesets.js';
import { lockfileProblems } from './lockfile.js';
import { publishedEntryProblems } from './source-condition.js';
import { scanText } from './text-scan.js';
import { readText, trackedFiles } from './tracked-files.js';

const root = repositoryRoot();
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const workspace = readWorkspace(root, ['packages', 'apps', 'tooling']);
const publishable = workspace.filter((one) => one.publishable);

describe('the lockfile', () => {
  it('takes everything from the registry, pinned', () => {
    const folders = workspace.map(({ folder }) => folder);
    expect(lockfileProblems(read('pnpm-lock.yaml'), folders)).toEqual([]);
  });

  it('lets only esbuild run an install script', () => {
    expect(read('pnpm-workspace.yaml')).toMatch(/onlyBuiltDependencies:\n {2}- esbuild\n*$/);
  });
});

describe('tracked files', () => {
  it('name no path of a development machine and no registry host', () => {
    const findings = trackedFiles(root).flatMap((file) =>
      scanText(readText(root, file) ?? '').map(({ line, text }) => `${file}:${line} ${text}`),
    );
    expect(findings).toEqual([]);
  });
});

describe('each package that is published', () => {
  const pending = pendingReleases(root);

  it.each(publishable.map((one) => [one.manifest.name, one] as const))(
    '%s has a changeset or a CHANGELOG, and the licence',
    (name, { directory }) => {
      const told = pending.has(name) || existsSync(join(directory, 'CHANGELOG.md'));
      expect(told, 'a changeset or a CHANGELOG.md').toBe(true);
      expect(readFileSync(join(directory, 'LICENSE'), 'utf8')).toBe(read('LICENSE'));
    },
  );

  it('publishes the entries it has here, without the sources', () => {
    expect(publishable.flatMap(publishedEntryProblems)).toEqual([]);
  });

  it('is all that changesets name', () => {
    const names = publishable.map(({ manifest }) => manifest.name);
    expect([...pending.keys()].filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('workspace packages', () => {
  it('outside packages/ are private', () => {
    const published = publishable.filter(({ folder }) => !folder.startsWith('packages/'));
    expect(published.map(({ folder }) => folder)).toEqual([]);
  });

  it('run no script at install', () => {
    const hooks = ['preinstall', 'install', 'postinstall', 'prepare'];
    const found = workspace.filter(({ manifest }) =>
      hooks.some((hook) => manifest.scripts?.[hook] !== undefined),
    );
    expect(found.map(({ folder }) => folder)).toEqual([]);
  });
});
