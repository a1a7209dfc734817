import { isUnreadable } from './fsck-reads.js';
import { type FsckFinding, fault } from './fsck-report.js';
import type { EvidenceStore, StoreTaken, TakenClaim, TakenKey } from './store.js';
import { sameTaken, type Taken, takenBy } from './taken.js';

/** Compares the claims and idempotency keys of a store with those that its records' bytes name. */
export interface TakenCheck {
  /** Notes what the next record takes; true when it is time to compare. */
  note(taken: Taken): boolean;
  /** Compares what was noted since the last time. */
  compare(): Promise<readonly FsckFinding[]>;
  /**
   * The remaining findings after every record was noted, and rows that no record names.
   *
   * @param from Records below may have been written before they said what they take.
   */
  finish(from: number, size: number): Promise<readonly FsckFinding[]>;
}

const AT_ONCE = 256;
const ROWS_AT_ONCE = 1000;

const short = (name: string): string => JSON.stringify(name.slice(0, 100));

function claimFault(index: number, what: string, name: string): FsckFinding {
  return fault('claim_mismatch', `record ${index}: ${what} the claim ${short(name)}`, index);
}

function keyFault(index: number, what: string): FsckFinding {
  return fault('idempotency_mismatch', `record ${index}: ${what} its idempotency key`, index);
}

/** Every row of a kind, page by page. */
async function* rows<Row>(
  list: (after: string, limit: number) => Promise<readonly Row[]>,
  nameOf: (row: Row) => string,
): AsyncGenerator<Row> {
  for (let after = ''; ; ) {
    const page = await list(after, ROWS_AT_ONCE);
    yield* page;
    const last = page.at(-1);
    if (page.length < ROWS_AT_ONCE || !last) return;
    after = nameOf(last);
  }
}

async function recordAt(
  store: EvidenceStore,
  index: number,
): Promise<Taken & { readonly signed: boolean; readonly unreadable?: boolean }> {
  const [record] = await store.read(index, 1);
  if (record && isUnreadable(record)) return { signed: false, unreadable: true };
  return record ? { ...takenBy(record), signed: record.mac !== undefined } : { signed: true };
}

type TakenStore = EvidenceStore & StoreTaken;

/** Rows that no record names; searched only when there are more rows than records name. */
async function strangeRows(
  store: TakenStore,
  from: number,
  size: number,
): Promise<readonly FsckFinding[]> {
  const findings: FsckFinding[] = [];
  const isOlder = (first: number): boolean => first < from && first >= 0;
  for await (const row of rows(store.listClaims, ({ name }) => name)) {
    if (row.first >= size || row.first < 0) continue;
    const { claim, unreadable } = await recordAt(store, row.first);
    if (unreadable) continue;
    if (claim ? sameTaken(claim, row) : isOlder(row.first)) continue;
    findings.push(claimFault(row.first, 'the store has, and no record took,', row.name));
  }
  for await (const row of rows(store.listKeys, ({ key }) => key)) {
    if (row.first >= size || row.first < 0) continue;
    const { key, signed } = await recordAt(store, row.first);
    // A record without HMAC does not name its key, because there is no secret to hide it with.
    if (key ? sameTaken(key, row) : isOlder(row.first) || !signed) continue;
    findings.push(keyFault(row.first, 'no record says'));
  }
  return findings;
}

async function countRows(store: TakenStore): Promise<{ claims: number; keys: number }> {
  const count = { claims: 0, keys: 0 };
  for await (const _ of rows(store.listClaims, ({ name }) => name)) count.claims += 1;
  for await (const _ of rows(store.listKeys, ({ key }) => key)) count.keys += 1;
  return count;
}

/** Creates the check; it reports nothing for a store that cannot show its claims and keys. */
export function createTakenCheck(given: EvidenceStore & Partial<StoreTaken>): TakenCheck {
  if (!given.findTaken || !given.listClaims || !given.listKeys) {
    return { note: () => false, compare: async () => [], finish: async () => [] };
  }
  const store = given as TakenStore;
  let claims: TakenClaim[] = [];
  let keys: TakenKey[] = [];
  const matched = { claims: 0, keys: 0 };

  async function compare(): Promise<readonly FsckFinding[]> {
    const found = await store.findTaken(
      claims.map(({ name }) => name),
      keys.map(({ key }) => key),
    );
    const findings: FsckFinding[] = [];
    for (const [at, claim] of claims.entries()) {
      const row = found.claims[at];
      if (sameTaken(claim, row)) matched.claims += 1;
      else
        findings.push(
          claimFault(
            claim.first,
            row ? 'the store says another record of' : 'the store lacks',
            claim.name,
          ),
        );
    }
    for (const [at, key] of keys.entries()) {
      const row = found.keys[at];
      if (sameTaken(key, row)) matched.keys += 1;
      else
        findings.push(keyFault(key.first, row ? 'the store says otherwise of' : 'the store lacks'));
    }
    [claims, keys] = [[], []];
    return findings;
  }

  return {
    note({ claim, key }) {
      if (claim) claims.push(claim);
      if (key) keys.push(key);
      return claims.length + keys.length >= AT_ONCE;
    },
    compare,
    async finish(from, size) {
      const late = await compare();
      const rows = await countRows(store);
      if (rows.claims === matched.claims && rows.keys === matched.keys) return late;
      return [...late, ...(await strangeRows(store, from, size))];
    },
  };
}
