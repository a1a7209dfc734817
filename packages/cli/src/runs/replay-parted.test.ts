import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { createGovernor } from '@spanforge/govern';
import { createPolicy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CommandIo } from '../io.js';
import { createProgram } from '../program.js';
import { useFolder } from '../test-cli.js';
import { BUNDLE } from '../test-traces.js';
import { openWorkspace } from '../workspace/workspace.js';
import { threadsFor } from './replay-threads.js';

const FILE = new URL('../../dist/replay-thread.js', import.meta.url);
const folder = useFolder();

const CANDIDATE = BUNDLE.replace('> 10000.0', '> 600.0').replace('> 100.0', '> 300.0');
/** Reads a fact from the earlier calls of the trace. */
const WITH_FACTS = `${CANDIDATE.replace('rules:', 'facts:\n  seen: { from: look, for: { amount: args.amount } }\nrules:')}
  - rule_id: seen
    service: sf_govern
    control: tool_call
    target: { tools: [refund] }
    when: facts.seen.paid
    action: block
    rationale: Seen.
`;

/** Calls of many traces at the same time, of two tenants, and an erased value here and there. */
async function record(calls: number): Promise<void> {
  await run([], 'init');
  const workspace = await openWorkspace(folder.path('.spanforge'), 'tests');
  const { log } = workspace;
  const place = { tenant: 'default', project: 'default', env: 'prod', run: 'run-1' };
  const setup = { ...place, traceId: 'setup', agent: 'tests', actor: 'ann', source: 'tests@1' };
  const fresh = { refreshMs: 600_000, maxLagMs: 600_000 };
  const policy = createPolicy({ recorder: log, reader: log, context: setup, ...fresh });
  await policy.lifecycle.activate(parseBundleYaml(BUNDLE));
  const governor = createGovernor({ log, policy, source: 'tests@1' });
  governor.govern(({ amount }: { amount: number }) => ({ amount, paid: amount > 500 }), {
    name: 'look',
    effect: 'read',
  });
  governor.govern(() => 'paid', { name: 'refund' });
  const call = (n: number) =>
    governor.call(
      n % 3 === 0 ? 'look' : 'refund',
      { amount: (n % 11) * 100 },
      {
        ...{ ...place, tenant: n % 5 === 0 ? 'other' : 'default', traceId: `trace-${n % 7}` },
        ...{ callId: `call-${n}`, agent: 'agent-1', actor: 'person-1' },
      },
    );
  for (let n = 0; n < calls; n += 8) {
    await Promise.all(Array.from({ length: 8 }, (_, at) => call(n + at)));
  }
  await workspace.close();
  const store = await openSqliteStore({ path: folder.path('.spanforge', 'evidence.db') });
  const size = await store.size();
  const some = Array.from({ length: size }, (_, at) => at).filter((at) => at % 37 === 0);
  await store.eraseDisclosures(some);
  await store.close();
}

async function run(threads: CommandIo['threads'] | readonly [], ...argv: readonly string[]) {
  let [stdout, stderr] = ['', ''];
  const program = createProgram({
    ...{ cwd: folder.path(), version: '1.2.3' },
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    ...(threads !== undefined && 'file' in threads ? { threads } : {}),
  });
  const exitCode = await program(argv);
  return { exitCode, stdout, stderr };
}

const host = { file: FILE, processors: 2, span: 50 };

/** What a replay printed and wrote, without its record and the names of its files. */
async function replayed(threads: string, name: string, argv: readonly string[]) {
  const files = ['--output', `${name}.jsonl`, '--html', `${name}.html`];
  const done = await run(
    host,
    ...['policy', 'replay', '--json', '--threads', threads],
    ...[...files, ...argv],
  );
  const { record: _, report, html, ...said } = JSON.parse(done.stdout);
  expect(done.stderr).toMatch(threads === '1' ? /a second$/m : /a second, \d threads$/m);
  const sha256 = (file: string) =>
    createHash('sha256')
      .update(readFileSync(folder.path(file)))
      .digest('hex');
  return {
    exitCode: done.exitCode,
    said,
    lines: sha256(`${name}.jsonl`),
    page: sha256(`${name}.html`),
  };
}

async function trials(): Promise<readonly unknown[]> {
  const workspace = await openWorkspace(folder.path('.spanforge'), 'tests');
  const { records } = await workspace.log.query({ types: ['spanforge.policy.comparison.v1'] });
  await workspace.close();
  return records.map(({ body }) => body);
}

describe.skipIf(!existsSync(FILE))('a replay in threads', () => {
  beforeEach(async () => {
    await record(160);
    writeFileSync(folder.path('old.yaml'), BUNDLE);
    writeFileSync(folder.path('new.yaml'), CANDIDATE);
    writeFileSync(folder.path('facts.yaml'), WITH_FACTS);
  }, 60_000);

  it('says, writes and records what one thread does', async () => {
    const asked: readonly (readonly string[])[] = [
      [],
      ['--baseline', 'old.yaml'],
      ['--tenant', 'other', '--allow-looser'],
      ['--trace', 'trace-3'],
      ['--application', 'none', '--strict'],
      ['--policy', 'facts.yaml', '--strict'],
    ];
    for (const [at, given] of asked.entries()) {
      const argv = given.includes('--policy') ? given : ['--policy', 'new.yaml', ...given];
      const one = await replayed('1', `one-${at}`, argv);
      expect(one.said.decisions > 0).toBe(!argv.includes('none'));
      expect(await replayed(at === 0 ? '5' : '3', `more-${at}`, argv)).toEqual(one);
    }
    const bodies = (await trials()).map((body) => JSON.stringify(body));
    expect(bodies.filter((_, at) => at % 2 === 0)).toEqual(bodies.filter((_, at) => at % 2 === 1));
    expect(new Set(bodies).size).toBe(asked.length);
  }, 120_000);

  it('ends with the error of the log, and leaves no report', async () => {
    const path = folder.path('.spanforge', 'evidence.db');
    const bytes = readFileSync(path);
    const at = bytes.indexOf('"reason_code":"rule_triggered"', bytes.length / 3);
    bytes.write('X', at + 20);
    writeFileSync(path, bytes);
    const replay = (threads: string) =>
      run(host, ...['policy', 'replay', 'new.yaml', '--threads', threads, '--output', 'r.jsonl']);
    const one = await replay('1');
    expect(one).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/RECORD_TAMPERED/) });
    expect(await replay('3')).toEqual(one);
    expect(readdirSync(folder.path()).filter((name) => name.startsWith('r.jsonl'))).toEqual([]);
  }, 60_000);

  it.each([
    ['ends', 'process.exit(3)'],
    ['throws', 'throw new Error("no memory")'],
  ])(
    'ends with an error when a thread %s',
    async (_, code) => {
      const file = folder.path('thread.mjs');
      writeFileSync(file, code);
      const done = await run(
        { ...host, file: pathToFileURL(file) },
        ...['policy', 'replay', 'new.yaml', '--threads', '2', '--output', 'r.jsonl'],
      );
      expect(done.exitCode).toBe(2);
      expect(done.stderr).toMatch(/a thread of the replay (ended|failed: no memory)/);
      expect(readdirSync(folder.path()).filter((name) => name.startsWith('r.jsonl'))).toEqual([]);
    },
    60_000,
  );
});

describe('the number of threads', () => {
  const of = (asked: string | undefined, processors: number, records: number) =>
    threadsFor(asked, { processors, records });

  it('is one for a small log, and not more than there are processors', () => {
    expect(of(undefined, 4, 65_535)).toBe(1);
    expect(of(undefined, 4, 200_000)).toBe(3);
    expect(of(undefined, 2, 1e6)).toBe(2);
    expect(of(undefined, 64, 1e7)).toBe(8);
    expect(of(undefined, 1, 1e7)).toBe(1);
    expect(of('64', 1, 0)).toBe(64);
  });

  it.each(['0', '65', 'two', '1.5', '', '-1', '١'])('is a number, which %s is not', (asked) => {
    expect(() => of(asked, 2, 1e6)).toThrow('--threads: expected a number from 1 to 64');
  });
});
