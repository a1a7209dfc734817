import { join } from 'node:path';
import { MAX_RECORD_BYTES } from '@spanforge/core-events/records';
import {
  createFrontier,
  equalBytes,
  type Frontier,
  type LogAnchor,
  leafHash,
  toHex,
  verifyCheckpoint,
} from '@spanforge/core-signing';
import { type ArchiveFile, invalidArchiveError, listArchiveFiles } from './archive-files.js';
import { openToRead } from './files.js';
import { readLines } from './read-lines.js';

/** The trusted inputs of a verification. */
export interface VerifyArchiveOptions {
  readonly folder: string;
  /** A signed checkpoint of the log (a C2SP signed note), from outside the archive. */
  readonly checkpoint: string;
  /** The trusted keys; never from the archive. */
  readonly trust: LogAnchor;
}

/** The result of a verification. */
export interface ArchiveReport {
  /**
   * `valid`: the archive holds exactly the records that the checkpoint was signed for, and possibly
   * later ones. `incomplete`: it holds fewer records than the checkpoint was signed for. `invalid`:
   * a record, the order of records or the checkpoint is not what was signed.
   */
  readonly verdict: 'valid' | 'incomplete' | 'invalid';
  readonly records: number;
  /** The size of the checkpoint; absent when it cannot be trusted. */
  readonly size?: number;
  /** Records beyond the checkpoint, which no signature covers yet. */
  readonly unproven: number;
  readonly reason?: string;
}

/**
 * Verifies an archive: hashes every line as a leaf (RFC 6962) and compares the root with the signed
 * checkpoint. Constant memory.
 *
 * @throws {ExportError} `EXPORT_ARCHIVE_INVALID` when the folder holds no archive or has a gap.
 */
export async function verifyArchive(options: VerifyArchiveOptions): Promise<ArchiveReport> {
  const { folder, checkpoint, trust } = options;
  const verified = await verifyCheckpoint(checkpoint, trust);
  if (!verified.ok) {
    return {
      verdict: 'invalid',
      records: 0,
      unproven: 0,
      reason: `checkpoint: ${verified.reason}`,
    };
  }
  const { size, root } = verified.checkpoint;
  const tree = createFrontier();
  let atCheckpoint: Uint8Array | undefined = size === 0 ? tree.root() : undefined;
  let records = 0;
  for await (const line of eachLine(folder, await listArchiveFiles(folder), () => records)) {
    records += 1;
    if (records > size) continue;
    addLeaf(tree, line);
    if (records === size) atCheckpoint = tree.root();
  }
  const counts = { records, size, unproven: Math.max(0, records - size) };
  if (atCheckpoint === undefined) {
    const reason = `the checkpoint is for ${size} records, the archive has ${records}`;
    return { verdict: 'incomplete', ...counts, reason };
  }
  if (equalBytes(atCheckpoint, root)) return { verdict: 'valid', ...counts };
  const reason = `the records have the root ${toHex(atCheckpoint)}, signed was ${toHex(root)}`;
  return { verdict: 'invalid', ...counts, reason };
}

function addLeaf(tree: Frontier, line: Uint8Array): void {
  tree.append(leafHash(line));
}

async function* eachLine(
  folder: string,
  files: readonly ArchiveFile[],
  count: () => number,
): AsyncGenerator<Uint8Array> {
  if (files.length === 0) throw invalidArchiveError('has no files');
  for (const { name, first } of files) {
    if (first !== count())
      throw invalidArchiveError('has a gap', { file: name, expected: count() });
    const file = await openToRead(join(folder, name));
    if (file === undefined) throw invalidArchiveError('lost a file', { file: name });
    try {
      for await (const { bytes, whole } of readLines(file, MAX_RECORD_BYTES)) {
        // Text after the last line feed is the rest of an interrupted write, not a record.
        if (whole) yield bytes;
      }
    } finally {
      await file.close();
    }
  }
}
