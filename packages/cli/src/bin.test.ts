import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { useFolder } from './test-cli.js';
import { recordTraces } from './test-traces.js';

const BIN = fileURLToPath(new URL('../bin/spanforge.js', import.meta.url));
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const folder = useFolder();

function spanforge(...argv: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...argv], {
    cwd: folder.path(),
    encoding: 'utf8',
    env: {},
  });
  return { status, stdout, stderr };
}

beforeAll(() => {
  expect(manifest.bin).toEqual({ spanforge: './bin/spanforge.js' });
});

it('tells its version', () => {
  expect(spanforge('--version')).toEqual({
    status: 0,
    stdout: `${manifest.version}\n`,
    stderr: '',
  });
});

it('goes from an empty folder to a verified package, with the documented exit codes', async () => {
  expect(spanforge('doctor').status).toBe(2);
  expect(spanforge('init').status).toBe(0);
  await recordTraces(folder.path('.spanforge'));
  expect(spanforge('operator', 'inspect', 'blocked').status).toBe(0);
  expect(spanforge('operator', 'inspect', 'unknown').status).toBe(3);
  expect(spanforge('operator', 'export', 'blocked', '--output', 'p.zip').status).toBe(0);
  const verify = (): ReturnType<typeof spanforge> =>
    spanforge(
      'operator',
      'verify',
      'p.zip',
      '--key',
      '.spanforge/keys/log.vkey',
      '--key',
      '.spanforge/keys/package.jwks.json',
    );
  expect(verify()).toMatchObject({ status: 0, stdout: expect.stringMatching(/^VALID/) });
  const bytes = readFileSync(folder.path('p.zip'));
  bytes[300] = (bytes[300] ?? 0) ^ 1;
  writeFileSync(folder.path('p.zip'), bytes);
  expect(verify()).toMatchObject({ status: 1, stdout: expect.stringMatching(/^INVALID/) });
  expect(spanforge('audit', 'fsck').status).toBe(0);
});

it('ends quietly when whoever reads goes away', async () => {
  const child = spawn(process.execPath, [BIN, '--help'], { cwd: folder.path(), env: {} });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect([0, 2]).toContain(status);
  expect(stderr).toBe('');
});
