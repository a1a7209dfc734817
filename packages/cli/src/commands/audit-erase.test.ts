import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { recordTraces } from '../test-traces.js';

const folder = useFolder();
const WHO = ['--reason', 'asked for by the subject', '--by', 'privacy-officer'];
const KEYS = ['--key', '.spanforge/keys/log.vkey', '--key', '.spanforge/keys/package.jwks.json'];

const bytesUnder = (path: string): string =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('');

async function exported(name: string): Promise<Readonly<Record<string, unknown>>> {
  const to = ['--output', name, '--disclose', 'all', '--json'];
  return (await folder.run('operator', 'export', 'blocked', ...to)).json();
}

describe('spanforge audit erase', () => {
  it('erases a subject: what was exported before still verifies, and the values are gone', async () => {
    await folder.run('init', '--sealed');
    await recordTraces(folder.path('.spanforge'));
    await exported('before');
    const values = (name: string): string =>
      readFileSync(folder.path(name, 'disclosures.jsonl'), 'utf8').trim();
    expect(values('before')).not.toBe('');
    // The same disclosures, as the database would hold them unsealed.
    const inClear = Buffer.from('{"amount":50000}').toString('base64').slice(2, -4);
    expect(bytesUnder(folder.path('.spanforge'))).not.toContain(inClear);
    cpSync(folder.path('.spanforge/subject-keys'), folder.path('backup'), { recursive: true });

    const erased = await folder.run('audit', 'erase', 'person-1', ...WHO, '--json');
    expect([erased.exitCode, erased.json()]).toMatchObject([0, { erased: true }]);
    await exported('after');
    expect(values('after')).toBe('');
    for (const name of ['before', 'after']) {
      const verified = await folder.run('operator', 'verify', name, ...KEYS, '--json');
      expect([name, verified.exitCode]).toEqual([name, 0]);
    }
    expect((await folder.run('audit', 'fsck', '--json')).json()).toMatchObject({
      findings: [],
    });

    // A back-up of keys that is older than the erasure does not bring the values back.
    cpSync(folder.path('backup'), folder.path('.spanforge/subject-keys'), { recursive: true });
    await exported('restored');
    expect(values('restored')).toBe('');
  });

  it('keeps what is held, until the hold is lifted', async () => {
    await folder.run('init', '--sealed');
    await recordTraces(folder.path('.spanforge'));
    await folder.run('audit', 'hold', 'person-1', ...WHO);
    const refused = await folder.run('audit', 'erase', 'person-1', ...WHO);
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      expect.stringContaining('ENTERPRISE_LEGAL_HOLD'),
    ]);
    await folder.run('audit', 'hold', 'person-1', ...WHO, '--lift');
    expect((await folder.run('audit', 'erase', 'person-1', ...WHO)).exitCode).toBe(0);
  });

  it('says that a workspace is not sealed', async () => {
    await folder.run('init');
    const run = await folder.run('audit', 'erase', 'person-1', ...WHO);
    expect([run.exitCode, run.stderr]).toEqual([2, expect.stringContaining('init --sealed')]);
    expect(existsSync(folder.path('.spanforge/subject-keys'))).toBe(false);
  });
});
