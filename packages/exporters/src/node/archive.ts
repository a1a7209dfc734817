import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '@spanforge/core-events/node';
import { z } from 'zod';
import { throwIfInvalid } from '../options.js';
import type { ExportRecord, Sink } from '../sink.js';
import { type ArchiveFile, archiveFile, invalidArchiveError } from './archive-files.js';
import { makeFolder, openToRead, openToWrite, replaceFile } from './files.js';
import { createHeldLines, type HeldLines } from './held-lines.js';

/** The folder of an archive, and when a new file begins. */
export interface ArchiveSinkOptions {
  readonly folder: string;
  /** Records in one file; 100,000 when absent. */
  readonly maxRecords?: number;
  /** Bytes in one file, exceeded by at most one batch; 256 MiB when absent. */
  readonly maxBytes?: number;
}

const archiveOptions = z.strictObject({
  folder: z.string().min(1),
  maxRecords: z.int().min(1).optional(),
  maxBytes: z.int().min(1).optional(),
});

interface OpenFile extends ArchiveFile {
  readonly handle: FileHandle;
  records: number;
  bytes: number;
}

const LINE_FEED = Buffer.from('\n');

/**
 * A sink that writes the log as lines. Each line is the exact bytes of one record. The files
 * `records-<first index>.jsonl` follow each other without a gap, and each finished file has a
 * `.sha256` for `sha256sum -c`. Batches are flushed before the cursor moves. Records that stand
 * beyond the cursor, after a crash or because the cursor was lost, are compared with those of the
 * log: the same ones are not written again, others are refused with `EXPORT_ARCHIVE_INVALID`. What
 * a crash left of a line is cut off. So each record is there once, and none is written over.
 * `verifyArchive` proves it against a signed checkpoint.
 *
 * An exporter with a filter leaves gaps, which an archive refuses with `EXPORT_ARCHIVE_INVALID`.
 *
 * @throws {ExportError} `EXPORT_OPTIONS_INVALID`.
 */
export function createArchiveSink(options: ArchiveSinkOptions): Sink {
  throwIfInvalid(archiveOptions, options, 'the options of the archive are not valid');
  const { folder, maxRecords = 100_000, maxBytes = 1 << 28 } = options;
  let current: OpenFile | undefined;
  let held: HeldLines | undefined;
  let next = 0;

  async function finish({ name, handle }: OpenFile): Promise<void> {
    const digest = await digestOf(join(folder, name));
    await replaceFile(join(folder, `${name}.sha256`), `${digest}  ${name}\n`);
    await handle.close();
  }

  async function fileFor(first: number): Promise<OpenFile> {
    if (current !== undefined) {
      if (current.records < maxRecords && current.bytes < maxBytes) return current;
      await finish(current);
    }
    const file = archiveFile(first);
    const handle = await openToWrite(join(folder, file.name));
    await handle.truncate(0);
    await syncFolder(folder);
    current = { ...file, handle, records: 0, bytes: 0 };
    return current;
  }

  async function append(batch: readonly ExportRecord[]): Promise<void> {
    const file = await fileFor(next);
    const room = batch.slice(0, maxRecords - file.records);
    const bytes = Buffer.concat(room.flatMap(({ record }) => [record.bytes, LINE_FEED]));
    await writeAll(file.handle, bytes, file.bytes);
    await file.handle.datasync();
    file.bytes += bytes.length;
    file.records += room.length;
    next += room.length;
    if (room.length < batch.length) await append(batch.slice(room.length));
  }

  /** Passes over the records that the archive has already, and opens its last file after them. */
  async function passHeld(batch: readonly ExportRecord[]): Promise<readonly ExportRecord[]> {
    for (const [at, { record }] of batch.entries()) {
      if (!(await held?.has(record.bytes))) {
        await openEnd();
        return batch.slice(at);
      }
      next += 1;
    }
    return [];
  }

  async function openEnd(): Promise<void> {
    const end = await held?.end();
    held = undefined;
    if (end === undefined) return;
    const handle = await openToWrite(join(folder, end.file.name));
    await handle.truncate(end.bytes);
    await handle.sync();
    current = { ...end.file, handle, records: end.records, bytes: end.bytes };
  }

  return {
    name: 'archive',
    async open(cursor) {
      await makeFolder(folder);
      held = await createHeldLines(folder, cursor);
      next = cursor;
    },
    async send(batch) {
      const [first] = batch;
      const from = first?.record.index ?? next;
      const gap = batch.findIndex(({ record }, offset) => record.index !== from + offset);
      if (gap >= 0 || from > next) {
        throw invalidArchiveError('takes every record of the log: export to it without a filter', {
          index: gap >= 0 ? from + gap : from,
        });
      }
      // A batch that failed half-way comes again; the lines it already wrote are not written twice.
      const fresh = await passHeld(batch.slice(next - from));
      if (fresh.length > 0) await append(fresh);
    },
    async close() {
      await held?.close();
      held = undefined;
      await current?.handle.close();
      current = undefined;
    },
  };
}

async function writeAll(file: FileHandle, bytes: Uint8Array, from: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(
      bytes,
      written,
      bytes.length - written,
      from + written,
    );
    written += bytesWritten;
  }
}

async function digestOf(path: string): Promise<string> {
  const file = await openToRead(path);
  if (file === undefined) throw invalidArchiveError('lost a file while it was written');
  const digest = createHash('sha256');
  for await (const chunk of file.createReadStream()) digest.update(chunk as Buffer);
  return digest.digest('hex');
}
