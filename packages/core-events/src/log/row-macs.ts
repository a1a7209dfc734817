import type { RecordKeys } from './record-keys.js';
import type { StoredRow } from './store.js';
import { isTagIn, kidIn } from './stored-rows.js';

/** Checks the HMACs of a row's records at once: one by one they cost several times as much. */
export interface RowMacs {
  /**
   * True if the HMAC of the record at a place is the one of this tenant. False if it is not, or has to be checked on
   * its own.
   */
  isGood(row: StoredRow, at: number, tenant: string): boolean;
}

/** Rows of which each HMAC is checked on its own, after one whose records are of several tenants. */
const REST = 16;

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** The kid that all records of a row have. */
function onlyKid(row: StoredRow): string | undefined {
  const kid = kidIn(row, 0);
  for (let at = 1; at < row.count; at += 1) if (kidIn(row, at) !== kid) return undefined;
  return kid;
}

/** Creates the check. It expects the records of a row to be of the tenant that the last record of the row before has. */
export function createRowMacs(keys: RecordKeys): RowMacs {
  let row: StoredRow | undefined;
  let expected: string | undefined;
  /** The HMACs that the row has, and those that it should have. */
  let views: readonly [macs: DataView, tags: DataView] | undefined;
  let last: string | undefined;
  let others = 0;
  let rest = 0;

  function start(next: StoredRow): void {
    if (row && 4 * others > row.count) rest = REST;
    [row, expected, views, others] = [next, last, undefined, 0];
    rest = Math.max(0, rest - 1);
    const kid = rest > 0 || expected === undefined ? undefined : onlyKid(next);
    if (kid === undefined || expected === undefined) return;
    try {
      const tags = keys.tags(expected, kid, next.leaves, next.first + next.count);
      views = tags && [viewOf(next.macs), viewOf(tags)];
    } catch {
      // A tenant that no writer here could have; the check of each record says so.
    }
  }

  return {
    isGood(given, at, tenant) {
      if (given !== row) start(given);
      last = tenant;
      if (tenant === expected) return views !== undefined && isTagIn(views[0], at, views[1]);
      others += 1;
      return false;
    },
  };
}
