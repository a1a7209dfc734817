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
  await dropStrange(store);
}

/** Removes a row whose record names another one, or is none. A record that names none may be older, so its row stays. */
async function dropStrange(store: EvidenceStore & StoreTaken): Promise<void> {
  // A row becomes durable with its records, so the log has them by the time its size is asked for.
  const isBeyond = async (first: number, count: number): Promise<boolean> =>
    !Number.isSafeInteger(first) || first < 0 || first + count > (await store.size());
  const says = async (first: number) => {
    const [record] = await store.read(first, 1);
    return record ? takenBy(record) : {};
  };
  for (let after = '', more = true; more; ) {
    const rows = await store.listClaims(after, ROWS_AT_ONCE);
    const strange: string[] = [];
    for (const row of rows) {
      const isStrange = async () => {
        const { claim } = await says(row.first);
        return claim !== undefined && !sameTaken(claim, row);
      };
      if ((await isBeyond(row.first, 1)) || (await isStrange())) strange.push(row.name);
    }
    await store.replaceTaken({ claims: [], keys: [], withoutClaims: strange, withoutKeys: [] });
    after = rows.at(-1)?.name ?? '';
    more = rows.length === ROWS_AT_ONCE;
  }
  for (let after = '', more = true; more; ) {
    const rows = await store.listKeys(after, ROWS_AT_ONCE);
    const strange: string[] = [];
    for (const row of rows) {
      const isStrange = async () => {
        const { key } = await says(row.first);
        return key !== undefined && !sameTaken(key, row);
      };
      if ((await isBeyond(row.first, row.count)) || (await isStrange())) strange.push(row.key);
    }
    await store.replaceTaken({ claims: [], keys: [], withoutClaims: [], withoutKeys: strange });
    after = rows.at(-1)?.key ?? '';
    more = rows.length === ROWS_AT_ONCE;
  }
}
