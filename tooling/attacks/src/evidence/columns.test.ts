import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { schemaAttacks, schemaColumns } from './schema-attacks.js';
import { makeSite } from './site.js';
import { tryColumns } from './try-columns.js';

const folder = mkdtempSync(join(tmpdir(), 'columns-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Changes that are known to let a call run that must not; the threat model would name them. */
const KNOWN: readonly string[] = [];

/** A few that decide; with SPANFORGE_LONG all of them. */
const QUICK: readonly string[] =
  process.env.SPANFORGE_LONG === undefined
    ? [
        'content.bytes bit in the middle flipped, one row',
        'counter.* policy/ first deleted',
        'disclosure.first one more, one row',
        'idempotency.* all deleted',
      ]
    : [];

describe('changes to the database', () => {
  it('are tried on every column of every table that the file has', async () => {
    const site = join(folder, 'site');
    await makeSite(site, false);
    const tried = new Set(schemaAttacks(site).map(({ table, column }) => `${table}.${column}`));
    const columns = schemaColumns(site);
    expect(columns.length).toBeGreaterThan(30);
    expect(columns.filter((column) => !tried.has(column))).toEqual([]);
  });

  it('are told, or change nothing that is believed', async () => {
    const outcomes = await tryColumns({
      choose: ({ table, column, name }) =>
        QUICK.length === 0 || QUICK.includes(`${table}.${column} ${name}`),
    });
    const [untouched, ...attacked] = outcomes;
    expect(untouched?.verdict).toBe('without effect');
    expect(attacked.length).toBeGreaterThanOrEqual(QUICK.length);
    const bad = attacked
      .filter(({ verdict }) => verdict === 'silent' || verdict === 'worst')
      .map(({ table, column, name }) => `${table}.${column} ${name}`);
    expect(bad.filter((one) => !KNOWN.includes(one))).toEqual([]);
  });
});
