import { type RecordKeys, sameTag } from './record-keys.js';
import type { StoredRecord } from './store.js';
import { HASH_BYTES } from './tiles.js';

/**
 * Whether the HMAC of a record is the one of its tenant. False also if it has to be checked on its own.
 *
 * @param at Which of the records that were found.
 */
export type IsGoodMac = (at: number, tenant: string) => boolean;

/** Fewer are checked one by one. */
const FEW = 8;

/** The kid that all records have. */
function onlyKid(found: readonly StoredRecord[]): string | undefined {
  const kid = found[0]?.mac?.kid;
  return found.every(({ leaf, mac }) => mac?.kid === kid && leaf.length === HASH_BYTES)
    ? kid
    : undefined;
}

function leavesOf(found: readonly StoredRecord[]): Uint8Array {
  const leaves = new Uint8Array(found.length * HASH_BYTES);
  for (const [at, { leaf }] of found.entries()) leaves.set(leaf, at * HASH_BYTES);
  return leaves;
}

/**
 * Creates the check of HMACs of records that are found together. It expects them to be of the tenant that the
 * last record had that was found before: together they cost less than one by one.
 */
export function createFoundMacs(keys: RecordKeys): (found: readonly StoredRecord[]) => IsGoodMac {
  let last: string | undefined;

  function tagsOf(found: readonly StoredRecord[], tenant: string): Uint8Array | undefined {
    const kid = found.length < FEW ? undefined : onlyKid(found);
    if (kid === undefined) return undefined;
    const end = Math.max(...found.map(({ index }) => index)) + 1;
    try {
      return keys.tags(tenant, kid, leavesOf(found), end);
    } catch {
      // A tenant that no writer here could have; the check of each record says so.
      return undefined;
    }
  }

  return (found) => {
    const expected = last;
    const tags = expected === undefined ? undefined : tagsOf(found, expected);
    return (at, tenant) => {
      last = tenant;
      const tag = found[at]?.mac?.tag;
      if (tenant !== expected || !tags || !tag) return false;
      return sameTag(tags.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES), tag);
    };
  };
}
