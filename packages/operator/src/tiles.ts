import type { EvidenceRecord } from '@spanforge/core-events';
import { createProver, type SignedCheckpoint } from '@spanforge/core-events/log';
import {
  equalBytes,
  leafHash,
  rootFromTiles,
  SigningError,
  tilePath,
  tilesFor,
} from '@spanforge/core-signing';
import type { OperatorLog } from './log-state.js';

/** LogTiles of a log's tree by their path (C2SP tlog-tiles). */
export type LogTiles = ReadonlyMap<string, Uint8Array>;

/** The tiles that lead from these records to the root of the checkpoint. */
export async function readTiles(
  log: OperatorLog,
  records: readonly EvidenceRecord[],
  size: number,
): Promise<LogTiles> {
  const prover = createProver(log.store);
  const tiles = new Map<string, Uint8Array>();
  const indexes = records.map((record) => record.index);
  for (const { level, index, width } of tilesFor(size, indexes)) {
    tiles.set(tilePath(level, index, width), (await prover.tile(level, index, width)).slice());
  }
  return tiles;
}

/** Whether the root computed from tiles and records is the checkpoint's: it proves all at once. */
export function tilesProve(
  tiles: LogTiles,
  records: readonly EvidenceRecord[],
  { size, root }: SignedCheckpoint,
): boolean {
  const byPlace = new Map<string, Uint8Array>();
  const indexes = records.map((record) => record.index);
  for (const { level, index, width } of tilesFor(size, indexes)) {
    const bytes = tiles.get(tilePath(level, index, width));
    if (bytes) byPlace.set(`${level}/${index}`, bytes);
  }
  try {
    const readTile = (level: number, index: number) => byPlace.get(`${level}/${index}`);
    const leaves = records.map(({ index, bytes }) => ({ index, leaf: leafHash(bytes) }));
    return equalBytes(rootFromTiles({ size, readTile, leaves }), root);
  } catch (error) {
    if (SigningError.is(error)) return false;
    throw error;
  }
}
