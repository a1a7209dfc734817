import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWorkspace, repositoryRoot } from '@spanforge-tooling/workspace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDriverSuite } from './driver-guide.js';
import { commandsOf, connect, type GuideCommand, serversOf } from './mcp-guide.js';
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
  const found = page.matchAll(/`([\w.-]+\.(?:mjs|ts|yaml))`[^`\n]*:\n\n```\w+\n([\s\S]*?)^```$/gm);
  return new Map([...found].map(([, name = '', text = '']) => [name, text]));
}

/** What a guide says that a command prints: the block of text that follows it. */
function printedBy(page: string, command: string): string {
  const after = page.slice(page.indexOf(`\n${command}\n`));
  return /^```text\n([\s\S]*?)^```$/m.exec(after)?.[1] ?? 'nothing is said';
}

/** The scripts of a guide in order, each with the lines it prints, if the guide shows them below it. */
function stepsOf(page: string): readonly { readonly script: string; readonly said: string[] }[] {
  const found = page.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```$)?/gm);
  return [...found].map(([, script = '', said = '']) => ({
    script,
    said: said.split('\n').filter((line) => line.trim() !== '' && line !== '…'),
  }));
}

/** Text without what differs in every run: ids, and the spaces that align columns. */
const comparable = (text: string): string =>
  text.replace(/\b[0-9A-Z]{26}\b/g, '<id>').replace(/ +/g, ' ');

const spanforge = join(shop, 'node_modules/.bin/spanforge');

/** Starts the installed program where a script says npx: the first steps show that npx finds it. */
const WITHOUT_NPX = `npx() { while [[ $1 == -* ]]; do shift; done; '${shop}/node_modules/.bin/'"$@"; }`;

/** Runs every script of a guide, and expects each line that it shows, in order. */
async function followAll(name: string, filled: Readonly<Record<string, string>>): Promise<void> {
  for (const { script, said } of stepsOf(await guide(name))) {
    const whole = Object.entries(filled).reduce((text, [a, b]) => text.replaceAll(a, b), script);
    const { output } = await run('bash', ['-c', `${WITHOUT_NPX}\n${whole}`], shop, 120_000);
    let rest = comparable(output);
    for (const line of said.map(comparable)) {
      expect(rest, `${whole}\n${output}`).toContain(line);
      rest = rest.slice(rest.indexOf(line) + line.length);
    }
  }
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

const mcp = join(shop, 'mcp');

function known(command: GuideCommand | undefined): GuideCommand {
  if (command === undefined) throw new Error('the guide has no such command');
  return command;
}

/** The first command of a guide that begins like this, after `npx --no-install spanforge`. */
function commandNamed(page: string, words: string): GuideCommand | undefined {
  const begin = `--no-install spanforge ${words}`;
  return commandsOf(page).find(({ args }) => `${args.join(' ')} `.startsWith(`${begin} `));
}

/** Runs a command of a guide, with its placeholders filled in. */
function follow(
  command: GuideCommand | undefined,
  cwd: string,
  filled: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { command: program, args } = known(command);
  const words = args.map((word) => filled[word] ?? word);
  const [first, name, ...rest] = words;
  const isInstalled = program === 'npx' && first === '--no-install' && name === 'spanforge';
  return isInstalled ? must(spanforge, rest, cwd) : must(program, words, cwd);
}

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
afterAll(() => rmSync(workshop, { recursive: true }), 300_000);

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

  it('a held call is approved, exported and verified as the guides say', async () => {
    const listed = await must(spanforge, ['operator', 'reviews', '--json']);
    const review = /"review_id":\s*"([^"]+)"/.exec(listed)?.[1] ?? 'none';
    await followAll('approve-held-calls', { '<review>': review });
    await followAll('export-and-verify', {});
  }, 300_000);

  it('roles and scopes answer what they say', async () => {
    const page = await guide('roles-and-scopes');
    for (const [name, text] of filesOf(page)) await writeFile(join(shop, name), text);
    expect(await must('node', ['who-may.mjs'])).toBe(printedBy(page, 'node who-may.mjs'));
  }, 120_000);

  it('the figures of governance are what they say', async () => {
    const page = await guide('watch-governance');
    for (const [name, text] of filesOf(page)) await writeFile(join(shop, name), text);
    expect(await must('node', ['watch.mjs'])).toBe(printedBy(page, 'node watch.mjs'));
  }, 120_000);

  it('the store driver passes both contract suites, also opened again', async () => {
    const files = filesOf(await guide('write-a-store-driver'));
    expect([...files.keys()]).toEqual([
      'journal.ts',
      'journal-store.ts',
      'journal-counters.ts',
      'journal-store.test.ts',
    ]);
    const { stdout, output } = await runDriverSuite(root, shop, files);
    const { numTotalTests, numPassedTests } = JSON.parse(stdout || '{}');
    expect([numTotalTests, numPassedTests], output).toEqual([31, 31]);
  }, 320_000);

  it('an MCP server is governed, and a held call runs once it is approved', async () => {
    const page = await guide('govern-an-mcp-server');
    const [init, proxy] = commandsOf(page);
    const [, policy = ''] = /^```yaml\n# policy\.yaml\n([\s\S]*?)^```$/m.exec(page) ?? [];
    const files = join(mcp, 'files');
    await mkdir(files, { recursive: true });
    await writeFile(join(files, 'note.txt'), 'the quarter was good');
    await writeFile(join(mcp, 'policy.yaml'), policy);
    await follow(init, mcp);
    const client = await connect(known(proxy), mcp, { '/srv/files': files });
    const tools = await client.tools();
    expect(tools).toEqual(expect.arrayContaining(['read_text_file', 'write_file']));
    expect(tools).not.toContain('move_file');
    const note = { path: join(files, 'note.txt') };
    expect(await client.call('read_text_file', note)).toBe('the quarter was good');
    const script = { path: join(files, 'run.sh'), content: 'echo hello' };
    const held = await client.call('write_file', script);
    const review = /Review: (\S+)\./.exec(held)?.[1] ?? 'none';
    expect(await follow(commandNamed(page, 'operator reviews'), mcp)).toContain(review);
    await follow(commandNamed(page, 'operator approve'), mcp, { '<review>': review });
    expect(await client.call('write_file', script)).toContain('Successfully wrote');
    await client.close();
    expect(await readFile(script.path, 'utf8')).toBe('echo hello');
    expect(await follow(commandNamed(page, 'mcp-tools'), mcp)).toContain('read_text_file');
  }, 300_000);

  it('two MCP servers of one client have two policies', async () => {
    const page = await guide('govern-an-mcp-server');
    const servers = Object.entries(serversOf(page));
    expect(servers.map(([name]) => name)).toEqual(['desk', 'vault']);
    const policy = await readFile(join(mcp, 'policy.yaml'), 'utf8');
    const noReading = policy.replace('[move_file, edit_file]', '[read_text_file]');
    await writeFile(join(mcp, 'desk.yaml'), policy);
    await writeFile(join(mcp, 'vault.yaml'), noReading);
    const answers: string[] = [];
    const listed: boolean[] = [];
    for (const [name, server] of servers) {
      const folder = join(mcp, name);
      await mkdir(folder);
      await writeFile(join(folder, 'note.txt'), `of the ${name}`);
      const client = await connect(server, mcp, { [`/srv/${name}`]: folder });
      listed.push((await client.tools()).includes('move_file'));
      answers.push(await client.call('read_text_file', { path: join(folder, 'note.txt') }));
      await client.close();
    }
    expect(listed).toEqual([false, true]);
    expect(answers[0]).toBe('of the desk');
    expect(answers[1]).not.toContain('of the vault');
    for (const command of ['doctor', 'policy history', 'policy activate']) {
      await follow(commandNamed(page, command), mcp);
    }
  }, 300_000);

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
