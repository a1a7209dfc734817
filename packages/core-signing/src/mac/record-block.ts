import { sha256 } from '../digest.js';
import { SigningError } from '../error.js';
import type { MacKey } from './mac-key.js';
import { macRecord } from './record.js';

const HASH_BYTES = 32;

/** The bytes of several records, and which keys sign them. */
export interface RecordBlock {
  /** One byte that belongs to no record, then the records, one after the other. */
  readonly bytes: Uint8Array;
  /** Where each record ends in the bytes. */
  readonly ends: Uint32Array;
  /** For each record 0, or 1 + the position of the key that signs it. */
  readonly signedBy: Uint32Array;
}

/** What is made of a block: 32 bytes for each record, one after the other. */
export interface BlockHashes {
  /** Leaf hashes (RFC 6962). */
  readonly leaves: Uint8Array<ArrayBuffer>;
  /** HMACs over the leaves; zeros for a record that is not signed. */
  readonly tags: Uint8Array<ArrayBuffer>;
}

function invalid(what: string): SigningError {
  return new SigningError(
    'SIGNING_ARGUMENT_INVALID',
    `the block of records is not whole: ${what}`,
    {
      details: { what },
    },
  );
}

/**
 * The leaf hash and the HMAC of each record of a block, as `leafHash` and `macRecord` make them. While a record is
 * hashed, the byte before it is zero; afterwards the block is as it was.
 *
 * @throws {SigningError} `SIGNING_ARGUMENT_INVALID` when the columns do not fit together, or a key is missing.
 */
export function hashBlock(
  { bytes, ends, signedBy }: RecordBlock,
  keys: readonly MacKey[],
): BlockHashes {
  if (signedBy.length !== ends.length) throw invalid('signedBy');
  const leaves = new Uint8Array(ends.length * HASH_BYTES);
  const tags = new Uint8Array(ends.length * HASH_BYTES);
  let start = 1;
  for (let record = 0; record < ends.length; record += 1) {
    const end = ends[record] ?? 0;
    if (end < start || end > bytes.length) throw invalid('ends');
    const before = bytes[start - 1] ?? 0;
    bytes[start - 1] = 0;
    const leaf = sha256(bytes.subarray(start - 1, end));
    bytes[start - 1] = before;
    leaves.set(leaf, record * HASH_BYTES);
    const signer = signedBy[record] ?? 0;
    if (signer > 0) {
      const key = keys[signer - 1];
      if (!key) throw invalid('keys');
      tags.set(macRecord(key, leaf), record * HASH_BYTES);
    }
    start = end;
  }
  return { leaves, tags };
}
