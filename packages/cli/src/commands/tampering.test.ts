import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { recordTraces } from '../test-traces.js';

/** With SPANFORGE_LONG set every byte is flipped in turn; else a spread of them. */
const SAMPLES = process.env.SPANFORGE_LONG === undefined ? 24 : Number.POSITIVE_INFINITY;
const KEYS = ['--key', '.spanforge/keys/log.vkey', '--key', '.spanforge/keys/package.jwks.json'];

const BIN = fileURLToPath(new URL('../../bin/spanforge.js', import.meta.url));

const folder = useFolder();
beforeEach(async () => {
  await folder.run('init');
  await recordTraces(folder.path('.spanforge'));
});

function offsets(length: number): readonly number[] {
  const step = Math.max(1, Math.floor(length / SAMPLES));
  return Array.from({ length: Math.ceil(length / step) }, (_, at) => at * step);
}

/** Flips one bit at a time in a file, and gives the offsets at which nobody noticed. */
async function unnoticed(file: string, output: string): Promise<readonly number[]> {
  const bytes = readFileSync(file);
  const missed: number[] = [];
  for (const at of offsets(bytes.length)) {
    const changed = Uint8Array.from(bytes);
    changed[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
    writeFileSync(file, changed);
    const { exitCode, stdout } = await folder.run('operator', 'verify', output, ...KEYS);
    if (exitCode === 0 || stdout.startsWith('VALID')) missed.push(at);
  }
  writeFileSync(file, bytes);
  return missed;
}

describe('T-02: one bit of an exported package', () => {
  it.each(['p.zip', 'p.json'])('is noticed anywhere in %s', async (output) => {
    await folder.run('operator', 'export', 'blocked', '--output', output);
    expect(await unnoticed(folder.path(output), output)).toEqual([]);
    expect((await folder.run('operator', 'verify', output, ...KEYS)).exitCode).toBe(0);
  });

  it('is noticed in every file of a folder, and so is a file more or less', async () => {
    await folder.run('operator', 'export', 'blocked', '--output', 'p');
    const names = readdirSync(folder.path('p'), { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(7);
    for (const { parentPath, name } of files) {
      const missed = await unnoticed(`${parentPath}/${name}`, 'p');
      expect([name, missed]).toEqual([name, []]);
    }
    writeFileSync(folder.path('p/more'), '');
    expect((await folder.run('operator', 'verify', 'p', ...KEYS)).exitCode).toBe(1);
  }, 120_000);
});

describe('T-25: a changed record in the store', () => {
  it('is found by fsck with its index, breaks inspect, and is not exported', async () => {
    // A process that ends leaves everything in the database itself, where it can be changed.
    spawnSync(process.execPath, [BIN, 'audit', 'fsck'], { cwd: folder.path() });
    const store = folder.path('.spanforge/evidence.db');
    const bytes = readFileSync(store);
    const at = bytes.indexOf('Huge refunds never happen.');
    expect(at).toBeGreaterThan(0);
    for (let found = at; found >= 0; found = bytes.indexOf('Huge refunds never', found + 1)) {
      bytes[found] = 'h'.charCodeAt(0);
    }
    writeFileSync(store, bytes);
    const fsck = await folder.run('audit', 'fsck', '--json');
    expect([fsck.exitCode, fsck.json()]).toMatchObject([
      1,
      { first_bad: { index: expect.any(Number), reason: 'leaf_mismatch' } },
    ]);
    const inspect = await folder.run('operator', 'inspect', 'blocked');
    expect(inspect.exitCode).toBe(1);
    const output = await folder.run('operator', 'export', 'blocked', '--output', 'p', '--json');
    expect([output.exitCode, output.json()]).toMatchObject([1, { error: {} }]);
    expect(readdirSync(folder.path())).toEqual(['.spanforge']);
  });

  it('is not there in a log that nobody touched', async () => {
    const { exitCode, json } = await folder.run('audit', 'fsck', '--json');
    expect([exitCode, json()]).toMatchObject([0, { findings: [] }]);
  });
});
