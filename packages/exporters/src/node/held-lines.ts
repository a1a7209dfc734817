import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_RECORD_BYTES } from '@spanforge/core-events/records';
import { type ArchiveFile, invalidArchiveError, listArchiveFiles } from './archive-files.js';
import { openToRead } from './files.js';
import { type Line, readLines } from './read-lines.js';

/** Where the last whole record of an archive ends. */
export interface ArchiveEnd {
  readonly file: ArchiveFile;
  readonly records: number;
  readonly bytes: number;
}

/** The records that an archive holds beyond its cursor, in order. */
export interface HeldLines {
  /**
   * Whether the archive holds a record next; false at its end.
   *
   * @throws {ExportError} `EXPORT_ARCHIVE_INVALID` when it holds another record there.
   */
  has(record: Uint8Array): Promise<boolean>;
  /** Where it ends; absent for an archive without files. Reading is over then. */
  end(): Promise<ArchiveEnd | undefined>;
  close(): Promise<void>;
}

/** What a crash leaves of a line is not JSON, or has no line feed. */
function isTorn({ whole, bytes }: Line): boolean {
  if (!whole) return true;
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return false;
  } catch {
    return true;
  }
}

/**
 * Goes to the cursor in an archive.
 *
 * @throws {ExportError} `EXPORT_ARCHIVE_INVALID` when it ends before the cursor, or files are missing.
 */
export async function createHeldLines(folder: string, cursor: number): Promise<HeldLines> {
  const files = await listArchiveFiles(folder);
  let open: FileHandle | undefined;
  let last: ArchiveEnd | undefined;

  async function* lines(): AsyncGenerator<Uint8Array> {
    const begin = Math.max(
      0,
      files.findLastIndex(({ first }) => first <= cursor),
    );
    for (const [at, file] of files.entries()) {
      const expected = last === undefined ? 0 : last.file.first + last.records;
      if (at <= begin ? at === 0 && file.first !== 0 : file.first !== expected) {
        throw invalidArchiveError('has a gap: files are missing', { first: file.first });
      }
      if (at < begin) continue;
      last = { file, records: 0, bytes: 0 };
      open = await openToRead(join(folder, file.name));
      if (open === undefined) throw invalidArchiveError('lost a file while it was read');
      for await (const line of readLines(open, MAX_RECORD_BYTES)) {
        const isLast = at === files.length - 1;
        // Up to the cursor, lines are only counted.
        const counted = line.whole && file.first + last.records < cursor;
        if (!counted && isTorn(line)) {
          if (isLast) return;
          throw invalidArchiveError('has a line that is no record', { file: file.name });
        }
        last = { file, records: last.records + 1, bytes: line.end };
        yield line.bytes;
      }
      await open.close();
      open = undefined;
    }
  }

  const held = lines();
  const close = async (): Promise<void> => {
    await held.return(undefined);
    await open?.close();
    open = undefined;
  };
  const begun = files.findLast(({ first }) => first <= cursor)?.first ?? 0;
  for (let at = begun; at < cursor; at += 1) {
    if (!(await held.next()).done) continue;
    await close();
    throw invalidArchiveError('has fewer records than its cursor says', { cursor, records: at });
  }
  return {
    async has(record) {
      const { value, done } = await held.next();
      if (done === true) return false;
      if (Buffer.compare(value, record) === 0) return true;
      throw invalidArchiveError(
        'holds other records than this log: it may be of another log, or of a log that was set back; choose another folder',
      );
    },
    async end() {
      await close();
      return last;
    },
    close,
  };
}
