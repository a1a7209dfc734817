import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ratingOf, scoreOf } from '../engines/cvss.js';
import { readAdvisories } from './advisories.js';
import { isAffected } from './affected.js';
import { readPackageLock, readPnpmLock, readYarnLock } from './lock-npm.js';
import { readPipList, readRequirements, readTomlLock } from './lock-python.js';
import { matchPackages } from './match.js';
import { osvRecord } from './osv-record.js';

const data = process.env.SPANFORGE_DATA ?? join(import.meta.dirname, '../../../../../shared/data');
const deps = join(data, 'deps');
const affectedOf = (part: object) => {
  const [affected] = osvRecord.parse({ id: 'X-1', affected: [part] }).affected;
  if (affected === undefined) throw new Error('no package');
  return affected;
};
const range = (type: string, ...events: readonly object[]) =>
  affectedOf({ ranges: [{ type, events }] });

describe('versions of advisories', () => {
  const fixed = (ecosystem: 'npm' | 'PyPI', at: string, version: string) =>
    isAffected(range('ECOSYSTEM', { introduced: '0' }, { fixed: at }), ecosystem, version);
  it.each([
    ['npm', '4.17.21', '4.17.20', 'affected'],
    ['npm', '4.17.21', '4.17.21', 'unaffected'],
    ['npm', '4.17.21', '4.17.21-rc.1', 'affected'],
    ['npm', '4.17.21', '4.17.21+build', 'unaffected'],
    ['npm', '1.10.0', '1.9.0', 'affected'],
    ['npm', '2', '1.99.99', 'affected'],
    ['PyPI', '2.0', '2.0.dev1', 'affected'],
    ['PyPI', '2.0', '2.0rc1', 'affected'],
    ['PyPI', '2.0', '2.0.0', 'unaffected'],
    ['PyPI', '2.0', '2.0.post1', 'unaffected'],
    ['PyPI', '2.0', '1!0.1', 'unaffected'],
    ['PyPI', '1!2.0', '3.0', 'affected'],
    ['PyPI', '2.0.post1', '2.0', 'affected'],
    ['PyPI', '2.0', '2.0+local.1', 'unaffected'],
    ['PyPI', '2.0', 'not-a-version', 'unknown'],
    ['npm', '2.0.0', 'main', 'unknown'],
  ] as const)('%s: fixed in %s, pinned %s: %s', (ecosystem, at, version, answer) => {
    expect(fixed(ecosystem, at, version)).toBe(answer);
  });

  it('reads several ranges, last_affected, limits, lists and commits', () => {
    const two = affectedOf({
      ranges: [
        { type: 'SEMVER', events: [{ introduced: '1.0.0' }, { fixed: '1.2.0' }] },
        { type: 'SEMVER', events: [{ introduced: '2.0.0' }, { last_affected: '2.1.0' }] },
      ],
    });
    const answers = ['0.9.0', '1.1.9', '1.2.0', '2.0.0', '2.1.0', '2.1.1'].map((one) =>
      isAffected(two, 'npm', one),
    );
    expect(answers).toEqual([
      'unaffected',
      'affected',
      'unaffected',
      'affected',
      'affected',
      'unaffected',
    ]);
    const unsorted = range(
      'SEMVER',
      { fixed: '3.0.0' },
      { introduced: '2.0.0' },
      { fixed: '1.2.0' },
      { introduced: '0' },
    );
    expect(['1.0.0', '1.5.0', '2.5.0'].map((one) => isAffected(unsorted, 'npm', one))).toEqual([
      'affected',
      'unaffected',
      'affected',
    ]);
    const limit = range('SEMVER', { introduced: '0' }, { limit: '1.0.0' });
    expect(['0.9.0', '1.0.0'].map((one) => isAffected(limit, 'npm', one))).toEqual([
      'affected',
      'unaffected',
    ]);
    const listed = affectedOf({
      versions: ['1.0'],
      ranges: [{ type: 'GIT', events: [{ introduced: '0' }] }],
    });
    expect(['1.0.0', '1.0', '1.1'].map((one) => isAffected(listed, 'PyPI', one))).toEqual([
      'affected',
      'affected',
      'unaffected',
    ]);
  });

  it('scores CVSS as its standard does', () => {
    expect(scoreOf('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H')).toBe(9.8);
    expect(scoreOf('CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H')).toBe(7.2);
    expect(scoreOf('CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H')).toBe(10);
    expect(scoreOf('AV:N/AC:L/Au:N/C:P/I:P/A:P')).toBe(7.5);
    expect(scoreOf('CVSS:3.1/garbage')).toBeUndefined();
    expect([9, 8.9, 6.9, 3.9, 0].map(ratingOf)).toEqual([
      'critical',
      'high',
      'medium',
      'low',
      'unknown',
    ]);
  });
});

describe('lock files', () => {
  const names = ({ packages }: { packages: readonly { name: string; version: string }[] }) =>
    packages.map(({ name, version }) => `${name}@${version}`);

  it('reads npm, pnpm and both yarns', () => {
    const one = {
      lockfileVersion: 1,
      dependencies: {
        a: { version: '1.0.0', dependencies: { '@s/b': { version: '2.0.0-rc.1' } } },
        c: { version: 'npm:real@3.0.0' },
        g: { version: 'github:o/r#abc' },
      },
    };
    const v1 = readPackageLock(JSON.stringify(one), 'f');
    expect([names(v1), v1.unchecked]).toEqual([
      ['a@1.0.0', '@s/b@2.0.0-rc.1', 'real@3.0.0'],
      ['g'],
    ]);
    const three = {
      lockfileVersion: 3,
      packages: {
        '': {},
        'node_modules/a': { version: '1.0.0' },
        'node_modules/x/node_modules/@s/b': { version: '2.0.0' },
        'node_modules/al': { name: 'real', version: '3.0.0' },
        'packages/own': { version: '0.0.0' },
        'node_modules/own': { link: true },
      },
    };
    expect(names(readPackageLock(JSON.stringify(three), 'f'))).toEqual([
      'a@1.0.0',
      '@s/b@2.0.0',
      'real@3.0.0',
    ]);
    const pnpm =
      "lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {integrity: x}\n  '@s/b@2.0.0':\n    resolution: {integrity: x}\n  /c@3.0.0(d@1.0.0):\n    resolution: {integrity: x}\n  /@s/e/4.0.0_f@1.0.0:\n    resolution: {integrity: x}\n";
    expect(names(readPnpmLock(pnpm, 'f'))).toEqual([
      'a@1.0.0',
      '@s/b@2.0.0',
      'c@3.0.0',
      '@s/e@4.0.0',
    ]);
    const yarn =
      '# yarn lockfile v1\n\n"@s/a@^1.0.0", "@s/a@^1.1.0":\n  version "1.1.0"\n\nalias@npm:real@^2:\n  version "2.0.0"\n';
    expect(names(readYarnLock(yarn, 'f'))).toEqual(['@s/a@1.1.0', 'real@2.0.0']);
    const berry =
      '__metadata:\n  version: 8\n\n"a@npm:^1.0.0, a@npm:^1.2.0":\n  version: 1.2.0\n  resolution: "a@npm:1.2.0"\n\n"own@workspace:.":\n  version: 0.0.0-use.local\n  resolution: "own@workspace:."\n';
    expect(names(readYarnLock(berry, 'f'))).toEqual(['a@1.2.0']);
  });

  it('reads requirements, poetry, uv and pip list', () => {
    const text =
      'Django==1.11.29  # why\nflask [async] == 1.0 ; python_version > "3"\nx===2.0 \\\n  --hash=sha256:00\n-r more.txt\n-e git+https://h/r#egg=e\nunpinned>=1\nstar==1.*\n--index-url https://h\n';
    const read = readRequirements(text, 'f');
    expect(names(read)).toEqual(['Django@1.11.29', 'flask@1.0', 'x@2.0']);
    expect([read.included, read.unchecked.length]).toEqual([[{ path: 'more.txt' }], 3]);
    const toml =
      '[[package]]\nname = "emoji"\nversion = "2.14.0"\n\n[[package]]\nname = "own"\nversion = "0.1"\nsource = { virtual = "." }\n\n[[package]]\nname = "g"\nversion = "1"\nsource = { git = "https://h" }\n';
    expect([names(readTomlLock(toml, 'f')), readTomlLock(toml, 'f').unchecked]).toEqual([
      ['emoji@2.14.0'],
      ['g'],
    ]);
    expect(names(readPipList('[{"name":"Flask","version":"1.0"}]', 'f'))).toEqual(['Flask@1.0']);
    for (const broken of ['{}', '[1]', 'no']) expect(() => readPipList(broken, 'f')).toThrow();
  });
});

describe.skipIf(!existsSync(deps))('the shared lock files and advisories', () => {
  it('are all read, and give what is known of them', async () => {
    const folder = join(deps, 'lockfiles');
    const read = (file: string) => readFileSync(join(folder, file), 'utf8');
    for (const file of readdirSync(folder)) {
      if (/package-lock\.json$/.test(file)) readPackageLock(read(file), file);
      if (/yarn\.lock$/.test(file)) readYarnLock(read(file), file);
      if (/requirements.*\.txt$/.test(file)) readRequirements(read(file), file);
    }
    const pnpm = readPnpmLock(read('openinference__js__pnpm-lock.yaml'), 'pnpm-lock.yaml');
    expect(pnpm.packages.length).toBeGreaterThan(500);
    const signal = new AbortController().signal;
    const book = await readAdvisories(
      join(deps, 'ghsa_npm_pypi_condensed.jsonl'),
      Date.UTC(2026, 10, 21),
      signal,
    );
    const at = (ecosystem: 'npm' | 'PyPI', name: string, version: string) =>
      matchPackages([{ ecosystem, name, version, file: 'f' }], book).findings.map(
        ({ rule, severity }) => `${rule} ${severity}`,
      );
    expect(at('npm', 'lodash', '4.17.20')).toEqual(
      expect.arrayContaining(['GHSA-35jh-r3h4-6jhm high']),
    );
    expect(at('npm', 'lodash', '4.17.21')).toEqual([]);
    expect(at('npm', 'lodash', '4.17.11')).not.toEqual(
      expect.arrayContaining(['GHSA-4xc9-xhrj-v574 high']),
    );
  });
});
