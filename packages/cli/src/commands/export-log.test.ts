import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { recordTraces } from '../test-traces.js';

const folder = useFolder();
const read = (name: string): string => readFileSync(folder.path(name), 'utf8');
const lines = (name: string): string[] => read(name).trim().split('\n');

async function workspaceWithCalls(): Promise<void> {
  await folder.run('init');
  await recordTraces(folder.path('.spanforge'));
}

describe('spanforge export', () => {
  it('archives the log, goes on where it stood, and proves it with the key of the log alone', async () => {
    await workspaceWithCalls();
    const first = await folder.run('export', 'archive', '--output', 'archive', '--json');
    expect(first.exitCode).toBe(0);
    await folder.run('policy', 'deactivate', '--actor', 'platform', '--environment', 'prod');
    const second = await folder.run('export', 'archive', '--output', 'archive', '--json');
    expect(Number(second.json().sent)).toBeGreaterThan(0);
    const key = ['--key', '.spanforge/keys/log.vkey'];
    const verified = await folder.run('export', 'verify', 'archive', ...key, '--json');
    expect([verified.exitCode, verified.json()]).toMatchObject([
      0,
      { verdict: 'valid', records: second.json().next, unproven: 0, tail: 'unpinned' },
    ]);
    writeFileSync(folder.path('kept'), read('archive/checkpoint'));
    const [file = ''] = readdirSync(folder.path('archive')).filter((name) =>
      name.endsWith('.jsonl'),
    );
    writeFileSync(
      folder.path('archive', file),
      read(`archive/${file}`).replace('"allow"', '"block"'),
    );
    const tampered = await folder.run(
      'export',
      'verify',
      'archive',
      ...key,
      '--checkpoint',
      'kept',
    );
    expect(tampered.exitCode).toBe(1);
    expect(tampered.stdout).toContain('INVALID');
    expect(tampered.stdout).toContain('tail: pinned');
  });

  it('writes CEF and OCSF lines, each record once over two runs', async () => {
    await workspaceWithCalls();
    for (let run = 0; run < 2; run += 1) {
      await folder.run('export', 'cef', '--output', 'out/evidence.cef');
      await folder.run('export', 'ocsf', '--output', 'out/evidence.ndjson');
    }
    const ids = lines('out/evidence.ndjson').map((line) => JSON.parse(line).metadata.uid);
    expect(new Set(ids).size).toBe(ids.length);
    expect(lines('out/evidence.cef')).toHaveLength(ids.length);
    for (const line of lines('out/evidence.cef')) expect(line).toMatch(/^CEF:0\|SpanForge\|/);
  });

  it('has a cursor for each receiver and selection: the second misses no record', async () => {
    await workspaceWithCalls();
    const posted: Record<string, number> = {};
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const { url = '' } = request;
        posted[url] = (posted[url] ?? 0) + body.trim().split('\n').length;
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const send = (path: string, ...more: readonly string[]) =>
      folder.run('export', 'ocsf', '--url', `${base}${path}`, ...more, '--json');
    const [one, other, again] = [await send('/a'), await send('/b'), await send('/a')];
    const type = ['--type', 'spanforge.policy.decision.v1'];
    const some = await send('/a', ...type);
    server.close();
    expect([one, other, again].map((run) => run.json().sent)).toEqual([
      one.json().next,
      one.json().next,
      0,
    ]);
    expect(Number(some.json().sent)).toBeGreaterThan(0);
    expect(posted['/b']).toBe(one.json().next);
  });

  it('refuses to write all lines a second time when their cursor is gone', async () => {
    await workspaceWithCalls();
    await folder.run('export', 'cef', '--output', 'evidence.cef');
    const before = read('evidence.cef');
    rmSync(folder.path('evidence.cef.cursor.json'));
    const refused = await folder.run('export', 'cef', '--output', 'evidence.cef');
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      expect.stringContaining('every record would be written a second time'),
    ]);
    expect(read('evidence.cef')).toBe(before);
  });

  it('does not take an output file that it may not look at for one without lines', async () => {
    await workspaceWithCalls();
    symlinkSync('round.cef', folder.path('round.cef'));
    const refused = await folder.run('export', 'cef', '--output', 'round.cef');
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      expect.stringContaining('round.cef: cannot be looked at (ELOOP)'),
    ]);
    expect(existsSync(folder.path('round.cef.cursor.json'))).toBe(false);
  });

  it.each<[string, string, readonly string[], string]>([
    ['an archive over a file', 'taken', ['archive'], 'taken: is no folder'],
    ['an archive through a link to a file', 'link', ['archive'], 'link: is no folder'],
    [
      'an archive through a link to nothing',
      'nowhere',
      ['archive'],
      'nowhere: is a link to nothing',
    ],
    ['an archive below a file', 'taken/a', ['archive'], 'cannot be read (ENOTDIR)'],
    ['lines below a file', 'taken/a', ['cef'], 'cannot be read (ENOTDIR)'],
    ['lines over a folder', 'folder', ['cef'], 'folder: is a folder'],
  ])('refuses %s before it leaves a cursor', async (_, output, argv, told) => {
    await workspaceWithCalls();
    writeFileSync(folder.path('taken'), 'mine');
    mkdirSync(folder.path('folder'));
    symlinkSync('taken', folder.path('link'));
    symlinkSync('gone', folder.path('nowhere'));
    const refused = await folder.run('export', ...argv, '--output', output);
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/^spanforge: CLI_FILE_UN(?:WRIT|READ)ABLE: /),
    ]);
    expect(refused.stderr).toContain(told);
    expect(existsSync(folder.path(`${output}.cursor.json`))).toBe(false);
    expect(read('taken')).toBe('mine');
  });

  it.each<[string, readonly string[], string]>([
    ['another type', ['cef', '--type', 'spanforge.gate.v1'], 'cef --type "spanforge.gate.v1"'],
    ['another tenant', ['cef', '--tenant', 'default'], 'cef --tenant "default"'],
    ['another format', ['ocsf'], 'ocsf'],
  ])('refuses %s into one file, and goes on with the first choice', async (_, argv, told) => {
    await workspaceWithCalls();
    const cef = () => folder.run('export', 'cef', '--output', 'evidence.cef', '--json');
    await cef();
    const before = read('evidence.cef');
    const other = await folder.run('export', ...argv, '--output', 'evidence.cef');
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain('CLI_USAGE');
    expect(other.stderr).toContain(`belongs to the export "cef", this one is "${told}"`);
    expect(read('evidence.cef')).toBe(before);
    expect((await cef()).json().sent).toBe(0);
  });

  it('goes on with a cursor from before it said of what, and with the same choice in another order', async () => {
    await workspaceWithCalls();
    const types = ['spanforge.gate.v1', 'spanforge.policy.decision.v1'];
    const send = (...order: readonly string[]) =>
      folder.run(
        ...['export', 'cef', '--output', 'e.cef', '--json'],
        ...order.flatMap((type) => ['--type', type]),
      );
    await send(...types);
    const { selection, ...earlier } = JSON.parse(read('e.cef.cursor.json'));
    expect(selection).toBe('cef --type "spanforge.gate.v1" --type "spanforge.policy.decision.v1"');
    writeFileSync(folder.path('e.cef.cursor.json'), JSON.stringify(earlier));
    expect((await send(...types)).json().sent).toBe(0);
    expect((await send(...[...types].reverse())).json().sent).toBe(0);
    expect((await send()).exitCode).toBe(2);
  });

  it('goes on with an archive whose cursor is gone', async () => {
    await workspaceWithCalls();
    await folder.run('export', 'archive', '--output', 'archive');
    rmSync(folder.path('archive.cursor.json'));
    await folder.run('policy', 'deactivate', '--actor', 'platform', '--environment', 'prod');
    expect((await folder.run('export', 'archive', '--output', 'archive')).exitCode).toBe(0);
    const key = ['--key', '.spanforge/keys/log.vkey'];
    const verified = await folder.run('export', 'verify', 'archive', ...key, '--json');
    expect(verified.json()).toMatchObject({ verdict: 'valid', unproven: 0 });
  });

  it('lets content out only when asked, and masked first', async () => {
    await workspaceWithCalls();
    const out = (name: string, ...more: string[]) =>
      folder.run('export', 'ocsf', '--output', name, ...more);
    await out('none');
    await out('redacted', '--content', 'redacted');
    await out('all', '--content', 'unredacted');
    expect(read('none')).not.toContain('unmapped');
    expect(read('redacted')).toContain('unmapped');
    expect(read('all')).toContain('unmapped');
  });

  it.each([
    [['cef'], 'exactly one of --output, --syslog'],
    [['ocsf', '--output', 'a', '--url', 'http://x'], 'exactly one of --output, --url'],
    [['cef', '--syslog', 'udp://host'], 'tls://host:port'],
    [['archive', '--output', 'a', '--type', 'spanforge.gate.v1'], 'takes every record'],
    [['ocsf', '--output', 'a', '--content', 'some'], 'none, redacted, unredacted'],
  ])('refuses %j', async (argv, message) => {
    await workspaceWithCalls();
    const run = await folder.run('export', ...argv);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain(message);
    expect(existsSync(folder.path('a'))).toBe(false);
  });
});
