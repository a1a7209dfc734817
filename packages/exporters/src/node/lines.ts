import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '@spanforge/core-events/node';
import { z } from 'zod';
import { ExportError } from '../error.js';
import { throwIfInvalid } from '../options.js';
import type { ExportRecord, Sink } from '../sink.js';
import { makeFolder, openToWrite } from './files.js';

/** The file for lines, and their format. */
export interface LinesSinkOptions {
  readonly path: string;
  /**
   * One line for a record, such as `toCef`, or `toOcsf` as JSON. `undefined` leaves the record out.
   */
  readonly format: (exported: ExportRecord) => string | undefined;
}

const fn = z.custom<() => unknown>((value) => typeof value === 'function', 'expected a function');
const linesOptions = z.strictObject({ path: z.string().min(1), format: fn });

/**
 * A sink that appends lines to one file, for an agent of a SIEM that follows it. Each batch is
 * flushed before the cursor moves; after a crash the last batch may be there twice. The sink does
 * not rotate the file. To rotate it, close the sink, move the file and create the sink again.
 *
 * @throws {ExportError} `EXPORT_OPTIONS_INVALID`.
 */
export function createLinesSink(options: LinesSinkOptions): Sink {
  throwIfInvalid(linesOptions, options, 'the options of the file are not valid');
  const { path, format } = options;
  let file: FileHandle | undefined;
  let end = 0;
  async function start(): Promise<FileHandle> {
    if (file !== undefined) return file;
    await makeFolder(dirname(path));
    file = await openToWrite(path);
    await syncFolder(dirname(path));
    end = (await file.stat()).size;
    return file;
  }
  return {
    name: 'file',
    async send(batch) {
      const lines = batch.flatMap((exported) => format(exported) ?? []);
      if (lines.some((line) => line.includes('\n'))) {
        throw new ExportError(
          'EXPORT_SINK_REFUSED',
          'the format gave more than one line for a record',
        );
      }
      if (lines.length === 0) return;
      const bytes = Buffer.from(`${lines.join('\n')}\n`);
      const handle = await start();
      for (let written = 0; written < bytes.length; ) {
        // By position, so that the rest of a failed write is overwritten.
        const done = await handle.write(bytes, written, bytes.length - written, end + written);
        written += done.bytesWritten;
      }
      await handle.datasync();
      end += bytes.length;
    },
    async close() {
      await file?.close();
      file = undefined;
    },
  };
}
