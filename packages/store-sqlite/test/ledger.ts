import { openSqliteStore, type SqliteStore } from '@spanforge/store-sqlite';
import { expect } from 'vitest';

/** Text of every record in the log, in order. */
export async function textsOf(store: SqliteStore): Promise<readonly string[]> {
  const records = await store.read(0, await store.size());
  return records.map(({ bytes }) => new TextDecoder().decode(bytes));
}

/**
 * Opens a store that was cut off and checks it against what was acknowledged: everything is there,
 * at its index, once and whole, and the file is sound.
 */
export async function expectKept(
  path: string,
  acknowledged: ReadonlyMap<string, number>,
): Promise<void> {
  const store = await openSqliteStore({ path });
  try {
    expect(await store.inspect()).toEqual([]);
    const texts = await textsOf(store);
    const ids = texts.map((text) => text.split('-').slice(0, 3).join('-'));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length % 3).toBe(0);
    for (const [id, first] of acknowledged) {
      expect(ids.slice(first, first + 3)).toEqual([`${id}-a`, `${id}-b`, `${id}-c`]);
    }
    const last = [...acknowledged].at(-1);
    if (!last) return;
    const found = await store.find({ terms: ['all', `id:${last[0]}`], from: 0, limit: 10 });
    expect(found.map(({ index }) => index)).toEqual([last[1], last[1] + 1, last[1] + 2]);
    const disclosures = await store.disclosures(last[1]);
    expect(disclosures.map(({ encoded }) => encoded)).toEqual([`e-${last[0]}-a`]);
  } finally {
    await store.close();
  }
}
