import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '@spanforge/core-events/node';
import { z } from 'zod';
import { ExportError } from '../error.js';
import { throwIfInvalid } from '../options.js';
import type { ExportRecord, Sink } from '../sink.js';
import { makeFolder, openToWrite, writeFlushed, writing } from './files.js';

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
 * flushed before the cursor moves; after a crash the last batch may be there twice, and what the crash
 * left of a line is cut off. The sink does not rotate the file. To rotate it, close the sink, move the
 * file and create the sink again.
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
    const opened = await openToWrite(path);
    try {
      await syncFolder(dirname(path));
      end = await endOfLines(opened);
      await opened.truncate(end);
    } catch (error) {
      await opened.close();
      throw error;
    }
    file = opened;
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
      await writing(path, async () => writeFlushed(await start(), bytes, end));
      end += bytes.length;
    },
    async close() {
      await file?.close();
      file = undefined;
    },
  };
}

/** Where the last whole line of a file ends. */
async function endOfLines(file: FileHandle): Promise<number> {
  const block = Buffer.alloc(65_536);
  for (let end = (await file.stat()).size; end > 0; ) {
    const start = Math.max(0, end - block.length);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    const at = block.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}
