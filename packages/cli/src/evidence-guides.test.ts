import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { createGovernor } from '@spanforge/govern';
import { createPolicy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { expect, it } from 'vitest';
import { type CliRun, useFolder } from './test-cli.js';
import { BUNDLE } from './test-traces.js';
import { openWorkspace } from './workspace/workspace.js';

const folder = useFolder();
const pageOf = (name: string): string =>
  readFileSync(new URL(`../../../docs/guides/${name}.md`, import.meta.url), 'utf8');

/** The commands of a page in order, in blocks and in sentences. */
const commandsOf = (page: string): readonly string[] =>
  [...page.matchAll(/^(npx spanforge .*|cp .*)$|`(npx spanforge [^`]*)`/gm)].map(
    ([, line, inline]) => line ?? inline ?? '',
  );

/** Runs a command as it stands there; it must succeed. */
async function follow(line: string): Promise<CliRun | undefined> {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
  if (words[0] === 'cp') {
    copyFileSync(folder.path(words[1] ?? ''), folder.path(words[2] ?? ''));
    return undefined;
  }
  const run = await folder.run(...(words.slice(2) as string[]));
  expect([line, run.exitCode, run.exitCode === 0 ? '' : run.stderr]).toEqual([line, 0, '']);
  return run;
}

const SECRET = 'what-user-7-said';

async function callFor(actor: string, traceId: string): Promise<void> {
  const { log, close } = await openWorkspace(folder.path('.spanforge'), 'shop');
  const place = { tenant: 'default', project: 'default', env: 'prod', run: traceId, traceId };
  const context = { ...place, agent: 'setup', actor: 'platform', source: 'shop@1.0.0' };
  const fresh = { refreshMs: 600_000, maxLagMs: 600_000 };
  const policy = createPolicy({ recorder: log, reader: log, context, ...fresh });
  await policy.lifecycle.activate(parseBundleYaml(BUNDLE));
  const governor = createGovernor({ log, policy, source: context.source });
  governor.govern(({ said }: { said: string }) => said, { name: 'look', effect: 'read' });
  const said = `${SECRET} as ${actor}`;
  await governor.call('look', { said }, { ...place, callId: 'c', agent: 'desk', actor });
  await close();
}

/** The files of the folder that hold a text, keys and database and all. */
const holding = (text: string): readonly string[] =>
  readdirSync(folder.path(), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`)
    .filter((path) => readFileSync(path).includes(text));

/** What a package in a folder discloses of the arguments. */
function shownIn(name: string): string | undefined {
  const [line] = readFileSync(folder.path(name, 'disclosures.jsonl'), 'utf8').split('\n');
  if (!line) return undefined;
  const { disclosure } = JSON.parse(line) as { readonly disclosure: string };
  return JSON.parse(Buffer.from(disclosure, 'base64url').toString())[2].said;
}

it('a subject is erased as the guide says', { timeout: 120_000 }, async () => {
  const [init, erase, rederive, ...more] = commandsOf(pageOf('erase-a-subject')) as [
    ...(readonly [string, string, string]),
    ...(readonly string[]),
  ];
  await follow(init);
  await callFor('user-7', 'asked');
  await callFor('user-8', 'other');
  const shown = await folder.run(
    'operator',
    'export',
    'asked',
    '--output',
    'a',
    '--disclose',
    'args',
  );
  expect([shown.exitCode, shownIn('a')]).toEqual([0, `${SECRET} as user-7`]);
  // Sealed values, the write-ahead log and what was exported hold nothing that could be read.
  expect(holding(SECRET)).toEqual([]);

  const erased = await follow(erase);
  expect(erased?.stdout).not.toContain('user-7');
  const kept = await folder.run(
    'operator',
    'export',
    'asked',
    '--output',
    'b',
    '--disclose',
    'args',
  );
  expect([kept.exitCode, shownIn('b'), holding(SECRET)]).toEqual([0, undefined, []]);
  const keys = ['log.vkey', 'package.jwks.json'].flatMap((key) => [
    '--key',
    `.spanforge/keys/${key}`,
  ]);
  for (const name of ['a', 'b']) {
    const verified = await folder.run('operator', 'verify', name, ...keys);
    expect([name, verified.exitCode, verified.stderr]).toEqual([name, 0, '']);
  }
  expect((await follow(rederive))?.stdout).toMatch(/erased/);
  expect(more).toHaveLength(3);
  for (const line of more) await follow(line);
  for (const words of [
    ['other', '--trace'],
    ['user-8', '--lift'],
  ]) {
    const held = await folder.run(
      'audit',
      'hold',
      ...words,
      '--reason',
      'case 12',
      '--by',
      'legal',
    );
    expect([words, held.exitCode, held.stderr]).toEqual([words, 0, '']);
  }
  const refused = await folder.run(
    ...['audit', 'erase', 'user-8', '--reason', 'asked', '--by', 'officer'],
  );
  expect([refused.exitCode, refused.stderr]).toEqual([
    expect.any(Number),
    expect.stringContaining('ENTERPRISE_LEGAL_HOLD'),
  ]);
  expect((await folder.run('audit', 'fsck')).exitCode).toBe(0);
});

it('evidence is sent elsewhere as the guide says', { timeout: 120_000 }, async () => {
  const commands = commandsOf(pageOf('export-evidence'));
  expect(commands).toHaveLength(6);
  for (const line of commands) {
    if (line.includes('export archive')) await callFor('user-7', 'sent');
    const run = await follow(line);
    if (line.includes('export verify')) {
      expect(run?.stdout).toMatch(/^VALID/);
      expect(run?.stdout).toContain('unpinned');
    }
  }
  const records = readFileSync(folder.path('archive/records-000000000000.jsonl'), 'utf8');
  const lines = records.trim().split('\n').length;
  expect(lines).toBeGreaterThan(3);
  for (const name of ['evidence.cef', 'evidence.ndjson']) {
    const text = readFileSync(folder.path(name), 'utf8');
    expect([name, text.trim().split('\n').length]).toEqual([name, lines]);
  }
  // Names and digests leave; what was said stays.
  expect(holding(SECRET).filter((path) => !path.includes('.spanforge/'))).toEqual([]);
  await callFor('user-8', 'later');
  await follow(commands[1] ?? '');
  const grown = readFileSync(folder.path('archive/records-000000000000.jsonl'), 'utf8');
  expect(grown.startsWith(records)).toBe(true);
  expect(grown.length).toBeGreaterThan(records.length);
  await follow(commands[3] ?? '');
});
