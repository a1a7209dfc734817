import {
  equalBytes,
  fromUtf8,
  leafHash,
  parseTlogProof,
  rootFromTiles,
  SigningError,
  tilePath,
  tilesFor,
  toHex,
  verifyInclusion,
} from '@spanforge/core-signing';
import type { EvidencePackage } from '../package/members.js';
import type { CheckedCheckpoint } from './checkpoint.js';
import { ifReadable } from './if-readable.js';
import type { ShownRecord } from './lines.js';
import type { VerificationLedger } from './report.js';

/** A record whose exact bytes are proven to be at its index under the checkpoint. */
export interface ProvenRecord extends ShownRecord {
  readonly leaf: Uint8Array;
}

const NAME = 'inclusion';
const PROOF = 'proofs/';
const TILE = 'tile/';

/** Why a record's own proof file does not prove it; undefined when it does. */
function proofFault(
  pkg: EvidencePackage,
  { index, leaf }: ProvenRecord,
  { checkpoint, note }: CheckedCheckpoint,
): string | undefined {
  const bytes = pkg.get(`${PROOF}${index}.tlog-proof`);
  if (!bytes) return 'proof_missing';
  const parsed = ifReadable(() => parseTlogProof(fromUtf8(bytes)));
  // `extra` would be unsigned bytes, which a package never has.
  if (!parsed || parsed.extra !== undefined) return 'proof_malformed';
  if (parsed.index !== index) return 'proof_of_another_index';
  if (parsed.checkpoint !== note) return 'proof_of_another_checkpoint';
  const { size, root } = checkpoint;
  const { proof } = parsed;
  return verifyInclusion({ index, size, leaf, proof, root }) ? undefined : 'not_in_checkpoint';
}

function proveByFiles(
  pkg: EvidencePackage,
  records: readonly ProvenRecord[],
  checked: CheckedCheckpoint,
  ledger: VerificationLedger,
): readonly ProvenRecord[] {
  const expected = new Set(records.map(({ index }) => `${PROOF}${index}.tlog-proof`));
  for (const name of pkg.keys()) {
    if (name.startsWith(PROOF) && !expected.has(name)) {
      ledger.fail('invalid', NAME, { file: name, reason: 'proof_without_record' });
    }
  }
  return records.filter((record) => {
    const reason = proofFault(pkg, record, checked);
    if (reason === undefined) return true;
    ledger.fail('invalid', NAME, { index: record.index, reason });
    return false;
  });
}

/** Checks that exactly the needed tiles are present. */
function checkTileNames(
  pkg: EvidencePackage,
  records: readonly ProvenRecord[],
  size: number,
  ledger: VerificationLedger,
): Map<string, Uint8Array> | undefined {
  const tiles = new Map<string, Uint8Array>();
  const expected = new Set<string>();
  for (const { level, index, width } of tilesFor(
    size,
    records.map((record) => record.index),
  )) {
    const name = tilePath(level, index, width);
    const bytes = pkg.get(name);
    expected.add(name);
    if (bytes?.length === width * 32) tiles.set(`${level}/${index}`, bytes);
    else
      ledger.fail('invalid', NAME, { file: name, reason: bytes ? 'tile_length' : 'tile_missing' });
  }
  for (const name of pkg.keys()) {
    const stray = (name.startsWith(TILE) && !expected.has(name)) || name.startsWith(PROOF);
    if (stray) ledger.fail('invalid', NAME, { file: name, reason: 'proof_without_record' });
  }
  return ledger.clean(NAME) ? tiles : undefined;
}

/** Computes the root from the records and the tiles; an equal root proves all records at once. */
function proveByTiles(
  pkg: EvidencePackage,
  records: readonly ProvenRecord[],
  { checkpoint }: CheckedCheckpoint,
  ledger: VerificationLedger,
): readonly ProvenRecord[] {
  const { size, root } = checkpoint;
  const last = records.at(-1);
  if (last && last.index >= size) {
    ledger.fail('invalid', NAME, { index: last.index, reason: 'not_in_checkpoint' });
    return [];
  }
  const tiles = checkTileNames(pkg, records, size, ledger);
  if (!tiles) return [];
  try {
    const readTile = (level: number, index: number) => tiles.get(`${level}/${index}`);
    if (equalBytes(rootFromTiles({ size, readTile, leaves: records }), root)) return records;
    ledger.fail('invalid', NAME, { file: TILE, reason: 'root_mismatch' });
  } catch (error) {
    if (!SigningError.is(error)) throw error;
    const { level, position } = error.details;
    const at = level === 0 && typeof position === 'number' ? { index: position } : { file: TILE };
    ledger.fail('invalid', NAME, { ...at, reason: 'not_in_checkpoint' });
  }
  return [];
}

/**
 * Proves each record's exact bytes at its index under the checkpoint; returns the proven records.
 * No record is parsed before it is hashed here.
 */
export function proveShown(
  pkg: EvidencePackage,
  shown: readonly ShownRecord[],
  checked: CheckedCheckpoint,
  ledger: VerificationLedger,
): readonly ProvenRecord[] {
  const records = shown.map((record) => ({ ...record, leaf: leafHash(record.bytes) }));
  const seen = new Set<string>();
  for (const { index, leaf } of records) {
    if (seen.has(toHex(leaf))) ledger.fail('invalid', NAME, { index, reason: 'duplicate_record' });
    seen.add(toHex(leaf));
  }
  const tiled = [...pkg.keys()].some((name) => name.startsWith(TILE));
  const proven = (tiled ? proveByTiles : proveByFiles)(pkg, records, checked, ledger);
  if (ledger.clean(NAME))
    ledger.pass(NAME, `${proven.length} record(s) are in the checkpoint, byte for byte`);
  return proven;
}
