import type { EvidenceStore, StoreTaken, TakenClaim, TakenKey } from './store.js';
import { sameTaken, takenBy } from './taken.js';

const READ_AT_ONCE = 8192;
const ROWS_AT_ONCE = 1000;

/** Restores the claims and keys that records' bytes name, and removes others attributed to those records. */
export async function restoreTaken(store: EvidenceStore & StoreTaken, size: number): Promise<void> {
  for (let at = 0; at < size; ) {
    const records = await store.read(at, Math.min(READ_AT_ONCE, size - at));
    if (records.length === 0) return;
    const claims: TakenClaim[] = [];
    const keys: TakenKey[] = [];
    for (const record of records) {
      const { claim, key } = takenBy(record);
      if (claim) claims.push(claim);
      if (key) keys.push(key);
    }
    await store.replaceTaken({ claims, keys, withoutClaims: [], withoutKeys: [] });
    at += records.length;
  }
  await dropStrange(store, size);
}

/** Removes a row whose record names another one. A record that names none may be older, so its row stays. */
async function dropStrange(store: EvidenceStore & StoreTaken, size: number): Promise<void> {
  const says = async (first: number) => {
    const [record] = first < size ? await store.read(first, 1) : [];
    return record ? takenBy(record) : {};
  };
  for (let after = '', more = true; more; ) {
    const rows = await store.listClaims(after, ROWS_AT_ONCE);
    const strange: string[] = [];
    for (const row of rows) {
      const { claim } = await says(row.first);
      if (claim && !sameTaken(claim, row)) strange.push(row.name);
    }
    await store.replaceTaken({ claims: [], keys: [], withoutClaims: strange, withoutKeys: [] });
    after = rows.at(-1)?.name ?? '';
    more = rows.length === ROWS_AT_ONCE;
  }
  for (let after = '', more = true; more; ) {
    const rows = await store.listKeys(after, ROWS_AT_ONCE);
    const strange: string[] = [];
    for (const row of rows) {
      const { key } = await says(row.first);
      if (key && !sameTaken(key, row)) strange.push(row.key);
    }
    await store.replaceTaken({ claims: [], keys: [], withoutClaims: [], withoutKeys: strange });
    after = rows.at(-1)?.key ?? '';
    more = rows.length === ROWS_AT_ONCE;
  }
}
