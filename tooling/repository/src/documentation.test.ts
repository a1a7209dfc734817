import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWorkspace, repositoryRoot } from '@spanforge-tooling/workspace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codesIn, deadLinks } from './documentation.js';
import { trackedFiles } from './tracked-files.js';

const root = repositoryRoot();
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const files = trackedFiles(root);
const pages = files.filter((file) => file.endsWith('.md') && !file.includes('/fixtures/'));

describe('deadLinks', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'links-'));
    writeFileSync(join(folder, 'other.md'), '# One, and `two`\n\n```sh\n# no heading\n```\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const check = (text: string) => {
    writeFileSync(join(folder, 'page.md'), text);
    return deadLinks(folder, 'page.md', (file) => readFileSync(join(folder, file), 'utf8'));
  };

  it.each([
    '[a](other.md)',
    '[a](./other.md#one-and-two)',
    '# Here\n[a](#here)',
    '[a](https://host.example/missing.md)',
    '`[a](missing.md)`',
    '```md\n[a](missing.md)\n```',
  ])('leaves %j', (text) => {
    expect(check(text)).toEqual([]);
  });

  it.each([
    ['[a](missing.md)', 'missing.md'],
    ['[a](other.md#three)', 'other.md#three'],
    ['[a](other.md#no-heading)', 'other.md#no-heading'],
    ['[a](#nowhere)', '#nowhere'],
    ['[a]: missing.md', 'missing.md'],
    ['![a](missing.png)', 'missing.png'],
  ])('finds %j', (text, target) => {
    expect(check(`first\n\n${text}\n`)).toEqual([{ line: 3, target }]);
  });
});

describe('pages', () => {
  it('link to files and headings that are there', () => {
    const dead = pages.flatMap((page) =>
      deadLinks(root, page, read).map(({ line, target }) => `${page}:${line} ${target}`),
    );
    expect(dead).toEqual([]);
  });

  it('are all reached from the index of the documentation', () => {
    const index = ['README.md', 'concepts', 'guides', 'reference'].join('|');
    const own = pages.filter((page) => new RegExp(`^docs/(${index}|threat-model)`).test(page));
    const text = read('docs/README.md');
    const missing = own
      .map((page) => page.replace('docs/', ''))
      .filter((page) => page !== 'README.md' && !text.includes(`(${page})`));
    expect(missing).toEqual([]);
  });
});

describe('every decision', () => {
  const decisions = pages.filter((page) => /^docs\/decisions\/\d{4}-/.test(page));

  it.each(decisions)('%s has a number, status, date and alternatives, and is listed', (page) => {
    const text = read(page);
    const file = page.replace('docs/decisions/', '');
    const number = file.slice(0, 4);
    expect(text).toMatch(
      new RegExp(
        `^# ${number} · \\S.*\n\nStatus: \\w(?:.|\\n(?!\\n))*\\sDate: \\d{4}-\\d\\d-\\d\\d\\.`,
      ),
    );
    expect(text).toMatch(/^(\*\*Alternatives|## Alternatives)/m);
    const [, title] = /^# \d{4} · (.*)$/m.exec(text) ?? [];
    expect(read('docs/decisions/README.md')).toContain(`| [${number}](${file}) | ${title} |`);
  });
});

describe('the list of error codes', () => {
  it('is the one of the sources', () => {
    const sources = readWorkspace(root, ['packages'])
      .flatMap(({ folder }) => [`${folder}/src/error.ts`, `${folder}/src/bundle-problem.ts`])
      .filter((file) => existsSync(join(root, file)))
      .flatMap((file) => codesIn(read(file).replace(/^import .*$/gm, '')));
    const listed = codesIn(read('docs/reference/error-codes.md'));
    expect(listed).toEqual([...new Set(sources)].sort());
  });
});

describe('the threat model', () => {
  it('names tests that exist', () => {
    const tests = files.filter((file) => file.endsWith('.test.ts')).map(read);
    const named = new Set(read('docs/threat-model.md').match(/\b[A-Z]-\d\d\b/g));
    const missing = [...named].filter((id) => !tests.some((text) => text.includes(id)));
    expect(named.size).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });
});
