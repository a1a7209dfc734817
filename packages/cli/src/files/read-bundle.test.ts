import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';

const { path, run } = useFolder();

it('a bundle that is too large is told its limit, by every command that reads one', async () => {
  const head =
    'policy_id: p\nversion: "1"\nenvironment: prod\nowner: o\neffective_at: "2026-01-01T00:00:00Z"\n';
  writeFileSync(path('large.yaml'), `${head}# ${'x'.repeat(256 * 1024)}\n`);
  writeFileSync(path('fits.yaml'), `${head}rules: []\n`.padEnd(256 * 1024, '#'));
  for (const command of [
    ['lint', 'large.yaml'],
    ['compare', 'large.yaml', 'fits.yaml'],
  ]) {
    const { exitCode, stderr } = await run('policy', ...command);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('CLI_FILE_UNREADABLE');
    expect(stderr).toContain(
      'larger than 262144 bytes (bundles are read as text up to 256 KiB; pass a larger one as an object to the library)',
    );
  }
  const { stderr } = await run('policy', 'lint', 'fits.yaml');
  expect(stderr).not.toContain('CLI_FILE_UNREADABLE');
});
