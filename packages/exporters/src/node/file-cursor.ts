import { type CursorStore, formatCursor, parseCursor } from '../cursor.js';
import { ExportError } from '../error.js';
import { openToRead, replaceFile } from './files.js';

const MAX_BYTES = 4096;

/**
 * Keeps a cursor in a file of its own (mode 0600), which is replaced as a whole. Give each exporter
 * its own file: two that share one send records of each other again.
 *
 * An unreadable cursor is `EXPORT_CURSOR_INVALID`, never a new start.
 */
export function createFileCursor(path: string): CursorStore {
  return {
    async load() {
      const file = await openToRead(path);
      if (file === undefined) return undefined;
      try {
        if ((await file.stat()).size > MAX_BYTES) {
          throw new ExportError('EXPORT_CURSOR_INVALID', 'the export cursor is too large');
        }
        return parseCursor(await file.readFile('utf8'));
      } finally {
        await file.close();
      }
    },
    save: (cursor) => replaceFile(path, formatCursor(cursor)),
  };
}
