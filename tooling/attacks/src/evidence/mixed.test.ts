import { describe, expect, it } from 'vitest';
import { prepareFiles } from './file-attacks.js';
import { mixedAttacks } from './mixed-attacks.js';
import { tryColumns } from './try-columns.js';

const isLong = process.env.SPANFORGE_LONG !== undefined;

/** Those that decide; with SPANFORGE_LONG all of them. */
const isTried = (name: string): boolean =>
  isLong || /^row \d+ again: spanforge\.manifest\.actor\.v1$/.test(name);

describe('attacks on several tables at once', () => {
  it('are told, or change nothing that is believed', async () => {
    const [untouched, ...attacked] = await tryColumns({
      attacks: mixedAttacks,
      ...(isLong && { prepare: prepareFiles }),
      choose: ({ name }) => isTried(name),
    });
    expect(untouched?.verdict).toBe('without effect');
    expect(attacked.length).toBeGreaterThan(1);
    const bad = attacked.filter(({ verdict }) => verdict === 'silent' || verdict === 'worst');
    expect(bad.map(({ name, answers }) => [name, answers])).toEqual([]);
  }, 600_000);
});
