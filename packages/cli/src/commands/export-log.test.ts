import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
