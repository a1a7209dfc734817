import { z } from 'zod';
import { throwIfInvalid } from '../options.js';
import type { ExportRecord, Sink } from '../sink.js';
import { invalidArchiveError } from './archive-files.js';
import { createArchiveWriter } from './archive-writer.js';
import { makeFolder, writing } from './files.js';
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
  const writer = createArchiveWriter(folder, { maxRecords, maxBytes });
  let held: HeldLines | undefined;
  let next = 0;

  /** Passes over the records that the archive has already, and goes on after them. */
  async function passHeld(batch: readonly ExportRecord[]): Promise<readonly ExportRecord[]> {
    for (const [at, { record }] of batch.entries()) {
      if (!(await held?.has(record.bytes))) {
        const end = await held?.end();
        if (end !== undefined) await writing(folder, () => writer.goOn(end));
        held = undefined;
        return batch.slice(at);
      }
      next += 1;
    }
    return [];
  }

  return {
    name: 'archive',
    async open(cursor) {
      await writing(folder, () => makeFolder(folder));
      held = await createHeldLines(folder, cursor);
      next = cursor;
    },
    async send(batch) {
      const from = batch[0]?.record.index ?? next;
      const gap = batch.findIndex(({ record }, offset) => record.index !== from + offset);
      if (gap >= 0 || from > next) {
        throw invalidArchiveError('takes every record of the log: export to it without a filter', {
          index: gap >= 0 ? from + gap : from,
        });
      }
      // A batch that failed half-way comes again; the lines it already wrote are not written twice.
      let fresh = await passHeld(batch.slice(next - from));
      while (fresh.length > 0) {
        const rest = fresh;
        const written = await writing(folder, () => writer.append(rest, next));
        next += written;
        fresh = fresh.slice(written);
      }
    },
    async close() {
      await held?.close();
      held = undefined;
      await writer.close();
    },
  };
}
