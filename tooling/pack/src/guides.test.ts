import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWorkspace, repositoryRoot } from '@spanforge-tooling/workspace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './run.js';
import { packAll, type Tarball } from './tarballs.js';

const root = repositoryRoot();
const workshop = mkdtempSync(join(tmpdir(), 'spanforge-guides-'));
const shop = join(workshop, 'shop');
let tarballs: readonly Tarball[];

const ADAPTERS = {
  'use-with-the-ai-sdk': 'ai-sdk',
  'use-with-langchain': 'langchain',
  'use-with-openai-agents': 'openai-agents',
} as const;

/** The frameworks in the versions that the adapter is tested with: newer ones may not be to be had. */
function frameworks(adapter: string, command: string): readonly string[] {
  const found = readWorkspace(root, ['packages']).find(
    ({ folder }) => folder === `packages/${adapter}`,
  );
  const { devDependencies = {} } = found?.manifest ?? {};
  return command
    .split(/\s+/)
    .slice(2)
    .filter((word) => !word.includes('.tgz'))
    .map((name) => `${name}@${devDependencies[name] ?? 'missing'}`);
}

const guide = (name: string): Promise<string> =>
  readFile(join(root, `docs/guides/${name}.md`), 'utf8');

/** The files a guide tells its reader to write: a block after a paragraph that ends in a colon. */
function filesOf(page: string): ReadonlyMap<string, string> {
  const found = page.matchAll(/`([\w-]+\.(?:mjs|yaml))`[^`\n]*:\n\n```\w+\n([\s\S]*?)^```$/gm);
  return new Map([...found].map(([, name = '', text = '']) => [name, text]));
}

/** What a guide says that a command prints: the block of text that follows it. */
function printedBy(page: string, command: string): string {
  const after = page.slice(page.indexOf(`\n${command}\n`));
  return /^```text\n([\s\S]*?)^```$/m.exec(after)?.[1] ?? 'nothing is said';
}

async function must(command: string, args: readonly string[], cwd = shop): Promise<string> {
  const { exitCode, stdout, output } = await run(command, args, cwd, 300_000);
  expect(exitCode, `${command} ${args.join(' ')}: ${output}`).toBe(0);
  return stdout;
}

const QUIET = ['--no-audit', '--no-fund', '--prefer-offline', '--no-update-notifier'];
const isAdapter = ({ name }: Tarball): boolean =>
  Object.values(ADAPTERS).some((adapter) => name === `@spanforge/${adapter}`);
const paths = (list: readonly Tarball[]): readonly string[] => list.map(({ path }) => path);

beforeAll(async () => {
  const packed = join(workshop, 'packed');
  await mkdir(packed);
  tarballs = await packAll(root, packed);
  await mkdir(shop);
  await must('npm', ['init', '-y']);
  await must('npm', ['pkg', 'set', 'type=module']);
  const base = paths(tarballs.filter((one) => !isAdapter(one)));
  await must('npm', ['install', ...QUIET, ...base]);
}, 400_000);
afterAll(() => rmSync(workshop, { recursive: true }), 60_000);

describe('in an empty folder with packed packages', () => {
  it('the first steps print what they say', async () => {
    const page = await guide('first-steps');
    const init = /^npx (spanforge init .*)$/m.exec(page)?.[1] ?? '';
    await must('npx', init.split(' '));
    for (const [name, text] of filesOf(page)) await writeFile(join(shop, name), text);
    const runs = [...page.matchAll(/^node (refund\.mjs .*)$/gm)].map(([, args = '']) => args);
    const printed: string[] = [];
    for (const args of runs) printed.push(await must('node', args.split(' ')));
    const withoutId = (text: string): string => text.replace(/review [0-9A-Z]{26}/g, 'review <id>');
    const said = printedBy(page, `node ${runs[0]}`);
    expect(withoutId(printed.slice(0, 3).join(''))).toBe(withoutId(said));
    expect(printed[3]).toBe(/blocked: This call was begun before.*\n/.exec(page)?.[0]);
    const inspected = await must('npx', ['spanforge', 'operator', 'inspect', 'order-A-2']);
    expect(inspected).toContain('Outcome: block');
    expect(inspected).toContain('Why allowed?      Nothing was allowed.');
  }, 120_000);

  it.each(Object.entries(ADAPTERS))(
    '%s prints what it says',
    async (name, adapter) => {
      const page = await guide(name);
      const install = /^npm install .*\.tgz .*$/m.exec(page)?.[0] ?? '';
      expect(install).toContain(`adapters/spanforge-${adapter}-*.tgz`);
      const tarball = tarballs.find((one) => one.name === `@spanforge/${adapter}`);
      const wanted = frameworks(adapter, install);
      await must('npm', ['install', ...QUIET, tarball?.path ?? '', ...wanted]);
      for (const [file, text] of filesOf(page)) await writeFile(join(shop, file), text);
      expect(await must('node', ['desk.mjs'])).toBe(printedBy(page, 'node desk.mjs'));
    },
    300_000,
  );
});
