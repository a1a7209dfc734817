import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDataset } from './open-dataset.js';
import { scanDataset } from './scan.js';

const folder = mkdtempSync(join(tmpdir(), 'spanforge-validate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const script = join(import.meta.dirname, '../../scripts/scan-generated.mjs');

describe('a file', () => {
  it('is read once, and its digest is of what was read', async () => {
    writeFileSync(at('d.jsonl'), '{"email":"a@example.org"}\n');
    const file = await openDataset(at('d.jsonl'));
    expect(() => file.sha256()).toThrow(
      expect.objectContaining({ code: 'VALIDATE_INPUT_UNREADABLE' }),
    );
    const scan = await scanDataset(file);
    expect(scan).toMatchObject({ name: 'd.jsonl', format: 'jsonl', records: 1, bytes: file.size });
    const sha256 = createHash('sha256').update('{"email":"a@example.org"}\n').digest('hex');
    expect(scan.sha256).toBe(sha256);
  });

  it('is what its name says, unless somebody says otherwise', async () => {
    const names = { 'a.ndjson': 'jsonl', 'a.JSON': 'json', 'a.csv': 'csv', 'a.log': 'text' };
    for (const [name, format] of Object.entries(names)) {
      writeFileSync(at(name), '');
      const file = await openDataset(at(name));
      expect(file.format).toBe(format);
      await file.close();
      const other = await openDataset(at(name), { format: 'text' });
      expect(other.format).toBe('text');
      await other.close();
    }
  });

  it('R-02: is refused at once when it is no file, and never waited for', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    symlinkSync('/dev/zero', at('zero'));
    writeFileSync(at('secret'), '');
    chmodSync(at('secret'), 0);
    const refused = { code: 'VALIDATE_INPUT_UNREADABLE' };
    for (const name of ['pipe', 'zero', 'none', '.']) {
      await expect(openDataset(at(name))).rejects.toMatchObject(refused);
    }
    // Root may read everything.
    if (process.getuid?.() !== 0)
      await expect(openDataset(at('secret'))).rejects.toMatchObject(refused);
    await expect(openDataset('/dev/zero')).rejects.toMatchObject(refused);
  });
});

/** The memory a scan may have, whatever it reads. With SPANFORGE_LONG set it reads a gigabyte. */
const isLong = process.env.SPANFORGE_LONG !== undefined;
const HEAP_MB = isLong ? 64 : 24;
const MEGABYTES = isLong ? 1024 : 24;

it(`scans ${MEGABYTES} MB of JSONL in a heap of ${HEAP_MB} MB`, () => {
  const args = [`--max-old-space-size=${HEAP_MB}`, script, String(MEGABYTES)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  const { bytes, records, peak_rss_mb: peak } = JSON.parse(stdout);
  expect(bytes).toBeGreaterThanOrEqual(MEGABYTES * 1_000_000);
  expect(records).toBeGreaterThan(MEGABYTES * 1000);
  expect(peak).toBeLessThan(320);
}, 3_600_000);
