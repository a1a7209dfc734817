import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '@spanforge/core-events/node';
import type { ExportRecord } from '../sink.js';
import { type ArchiveFile, archiveFile, invalidArchiveError } from './archive-files.js';
import { openToRead, openToWrite, replaceFile, writeFlushed } from './files.js';
import type { ArchiveEnd } from './held-lines.js';

/** Writes records as lines, to one file after another. */
export interface ArchiveWriter {
  /** Goes on where the archive ends, and cuts off what stands behind that. */
  goOn(end: ArchiveEnd): Promise<void>;
  /**
   * Writes and flushes as many records as the file has room for, and returns how many. `first` is the
   * index of the first of them.
   */
  append(records: readonly ExportRecord[], first: number): Promise<number>;
  close(): Promise<void>;
}

/** When a new file begins, in records and bytes. */
export interface FileLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

interface OpenFile extends ArchiveFile {
  readonly handle: FileHandle;
  records: number;
  bytes: number;
}

const LINE_FEED = Buffer.from('\n');

/** Creates the writer of an archive; it opens no file before the first record. */
export function createArchiveWriter(
  folder: string,
  { maxRecords, maxBytes }: FileLimits,
): ArchiveWriter {
  let current: OpenFile | undefined;

  async function finish({ name, handle }: OpenFile): Promise<void> {
    const digest = await digestOf(join(folder, name));
    await replaceFile(join(folder, `${name}.sha256`), `${digest}  ${name}\n`);
    await handle.close();
  }

  async function fileFor(first: number): Promise<OpenFile> {
    if (current !== undefined) {
      if (current.records < maxRecords && current.bytes < maxBytes) return current;
      await finish(current);
      current = undefined;
    }
    const file = archiveFile(first);
    const handle = await openToWrite(join(folder, file.name));
    try {
      await handle.truncate(0);
      await syncFolder(folder);
    } catch (error) {
      await handle.close();
      throw error;
    }
    current = { ...file, handle, records: 0, bytes: 0 };
    return current;
  }

  return {
    async goOn({ file, records, bytes }) {
      const handle = await openToWrite(join(folder, file.name));
      await handle.truncate(bytes);
      await handle.sync();
      current = { ...file, handle, records, bytes };
    },
    async append(records, first) {
      const file = await fileFor(first);
      const room = records.slice(0, maxRecords - file.records);
      const bytes = Buffer.concat(room.flatMap(({ record }) => [record.bytes, LINE_FEED]));
      await writeFlushed(file.handle, bytes, file.bytes);
      file.bytes += bytes.length;
      file.records += room.length;
      return room.length;
    },
    async close() {
      await current?.handle.close();
      current = undefined;
    },
  };
}

async function digestOf(path: string): Promise<string> {
  const file = await openToRead(path);
  if (file === undefined) throw invalidArchiveError('lost a file while it was written');
  const digest = createHash('sha256');
  for await (const chunk of file.createReadStream()) digest.update(chunk as Buffer);
  return digest.digest('hex');
}
