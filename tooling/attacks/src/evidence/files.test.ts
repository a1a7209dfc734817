import { describe, expect, it } from 'vitest';
import { fileAttacks, prepareFiles } from './file-attacks.js';
import { tryColumns } from './try-columns.js';

/** Whoever holds the mark, or the keys, makes a log that is whole; the threat model names both. */
const KNOWN = ['database an older copy, with its mark', "workspace another log's, whole"];

/** A few that decide; with SPANFORGE_LONG all of them. */
const QUICK: readonly string[] =
  process.env.SPANFORGE_LONG === undefined
    ? ['database replaced by a copy of itself', 'large values deleted']
    : [];

describe('changes to the files of a workspace', () => {
  it('are told, or change nothing that is believed, whichever file it is', async () => {
    const names: string[] = [];
    const [untouched, ...attacked] = await tryColumns({
      attacks(site) {
        const all = fileAttacks(site);
        names.push(...all.map(({ table, name }) => `${table} ${name}`));
        return all;
      },
      prepare: prepareFiles,
      settleMs: 1200,
      choose: ({ table, name }) => QUICK.length === 0 || QUICK.includes(`${table} ${name}`),
    });
    expect(new Set(names).size).toBe(names.length);
    for (const known of [...KNOWN, ...QUICK]) expect(names).toContain(known);
    for (const file of ['log.jwk.json', 'log.vkey', 'package.jwks.json']) {
      expect(names).toContain(`keys ${file} deleted`);
    }
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
