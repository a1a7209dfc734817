import { SigningError } from '../error.js';
import { TILE_WIDTH } from './tile.js';

/** Largest size of an entry: its length is written in 16 bits. */
export const MAX_ENTRY_BYTES = 65_535;

const PREFIX_BYTES = 2;

/**
 * Parses a bundle of entries, each preceded by its length as 16 bits, big-endian (C2SP tlog-tiles).
 *
 * The entries are views of `bundle`, not copies.
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` for a bundle that ends within an entry, has none,
 * or has more than 256.
 */
export function parseEntryBundle(bundle: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const entries: Uint8Array[] = [];
  for (let offset = 0; offset < bundle.length; ) {
    const start = offset + PREFIX_BYTES;
    const end = start <= bundle.length ? start + view.getUint16(offset) : Number.POSITIVE_INFINITY;
    if (end > bundle.length) throw invalidError('the bundle ends within an entry', entries.length);
    entries.push(bundle.subarray(start, end));
    offset = end;
  }
  assertCount(entries.length);
  return entries;
}

/**
 * Writes a bundle of entries (C2SP tlog-tiles).
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` unless there are 1 to 256 entries of at most 65,535
 * bytes.
 */
export function formatEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  assertCount(entries.length);
  const oversize = entries.findIndex((entry) => entry.length > MAX_ENTRY_BYTES);
  if (oversize >= 0) throw invalidError('an entry has more than 65,535 bytes', oversize);
  const bundle = new Uint8Array(
    entries.reduce((length, entry) => length + PREFIX_BYTES + entry.length, 0),
  );
  const view = new DataView(bundle.buffer);
  let offset = 0;
  for (const entry of entries) {
    view.setUint16(offset, entry.length);
    bundle.set(entry, offset + PREFIX_BYTES);
    offset += PREFIX_BYTES + entry.length;
  }
  return bundle;
}

function assertCount(count: number): void {
  if (count >= 1 && count <= TILE_WIDTH) return;
  throw invalidError('expected a bundle of 1 to 256 entries', count);
}

function invalidError(message: string, entry: number): SigningError {
  return new SigningError('SIGNING_PROOF_INVALID', message, { details: { entry } });
}
