import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { useFolder } from './test-cli.js';
import { recordTraces } from './test-traces.js';

const BIN = fileURLToPath(new URL('../bin/spanforge.js', import.meta.url));
const folder = useFolder();

/** A network namespace of its own, without routes, where this system lets one be made. */
const UNSHARE = ['unshare', '--user', '--map-root-user', '--net'] as const;
const namespaces = spawnSync(UNSHARE[0], [...UNSHARE.slice(1), 'true']).status === 0;

function isolated(...argv: readonly string[]) {
  const [command, ...options] = UNSHARE;
  const { status, stdout, stderr } = spawnSync(
    command,
    [...options, process.execPath, BIN, ...argv],
    { cwd: folder.path(), encoding: 'utf8', env: {} },
  );
  return { status, stdout, stderr };
}

it.skipIf(!namespaces)(
  'works in a network namespace without routes (skipped where none can be made)',
  { timeout: 60_000 },
  async () => {
    expect(isolated('init', '--air-gapped', '--sealed', '--residency', 'eu').status).toBe(0);
    await recordTraces(folder.path('.spanforge'));
    const status = JSON.parse(isolated('enterprise', 'status', '--json').stdout);
    const facts = Object.fromEntries(
      status.profile.facts.map(({ name, value }: Record<string, string>) => [name, value]),
    );
    expect([status.status.air_gapped, facts.routes, facts.egress]).toEqual([true, 'none', 'none']);
    const health = JSON.parse(isolated('enterprise', 'health', '--json').stdout);
    const egress = health.checks.find(({ name }: { name: string }) => name === 'egress');
    expect(egress).toMatchObject({ state: 'ok' });
    expect(isolated('enterprise', 'package', 'blocked', '--output', 'p.zip').status).toBe(0);
    const keys = [
      '--key',
      '.spanforge/keys/log.vkey',
      '--key',
      '.spanforge/keys/package.jwks.json',
    ];
    expect(isolated('operator', 'verify', 'p.zip', ...keys).status).toBe(0);
    const url = ['--url', 'http://127.0.0.1:9/x'];
    expect(isolated('export', 'ocsf', ...url).stderr).toContain('EXPORT_EGRESS_DENIED');
  },
);

it('makes no connection when air-gapped, and one when not', async () => {
  let connections = 0;
  const server = createServer((_, response) => response.end('{}'));
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const address = `127.0.0.1:${port}`;
  try {
    await folder.run('init', '--air-gapped');
    await recordTraces(folder.path('.spanforge'));
    for (const argv of [
      ['ocsf', '--url', `http://${address}/`],
      ['cef', '--syslog', `tcp://${address}`],
    ]) {
      const run = await folder.run('export', ...argv);
      expect([run.exitCode, run.stderr]).toEqual([
        2,
        expect.stringContaining('EXPORT_EGRESS_DENIED'),
      ]);
    }
    expect(connections).toBe(0);
    await folder.run('init', '--state', 'open');
    await recordTraces(folder.path('open'));
    await folder.run('export', 'ocsf', '--url', `http://${address}/`, '--state', 'open');
    expect(connections).toBeGreaterThan(0);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
