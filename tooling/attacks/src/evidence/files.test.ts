import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileAttacks, prepareFiles } from './file-attacks.js';
import { makeSite } from './site.js';
import { tryColumns } from './try-columns.js';

const folder = mkdtempSync(join(tmpdir(), 'files-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whoever holds the mark, or the keys, makes a log that is whole; the threat model names both. */
const KNOWN = ['database an older copy, with its mark', "workspace another log's, whole"];

/** A few that decide; with SPANFORGE_LONG all of them. */
const QUICK: readonly string[] =
  process.env.SPANFORGE_LONG === undefined
    ? ['database replaced by a copy of itself', 'large values deleted']
    : [];

describe('changes to the files of a workspace', () => {
  it('are tried on every file that it has', async () => {
    const site = join(folder, 'site');
    await makeSite(site, false);
    await prepareFiles(site);
    const names = fileAttacks(site).map(({ table, name }) => `${table} ${name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const known of [...KNOWN, ...QUICK]) expect(names).toContain(known);
    for (const file of ['log.jwk.json', 'log.vkey', 'package.jwks.json']) {
      expect(names).toContain(`keys ${file} deleted`);
    }
  }, 60_000);

  it('are told, or change nothing that is believed', async () => {
    const [untouched, ...attacked] = await tryColumns({
      attacks: fileAttacks,
      prepare: prepareFiles,
      settleMs: 1200,
      choose: ({ table, name }) => QUICK.length === 0 || QUICK.includes(`${table} ${name}`),
    });
    expect(untouched?.verdict).toBe('without effect');
    expect(attacked.length).toBeGreaterThanOrEqual(QUICK.length);
    const bad = attacked
      .filter(({ verdict }) => verdict === 'silent' || verdict === 'worst')
      .map(({ table, name }) => `${table} ${name}`);
    expect(bad.filter((one) => !KNOWN.includes(one))).toEqual([]);
    const running = attacked.find(({ name }) => name === 'replaced by a copy of itself');
    expect(running?.answers['while it runs']?.says).toContain('file_replaced');
  }, 600_000);
});
