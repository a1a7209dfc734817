import { ExportError } from './error.js';

/** The position of an exporter. */
export interface ExportCursor {
  /** Index of the next record. */
  readonly next: number;
  /** Leaf hash of the record before it, hex; absent at 0. It ties the cursor to one log. */
  readonly leaf?: string;
  /** What is exported, in words of the caller: a cursor of one choice of records must not be used for another. */
  readonly selection?: string;
}

/** The port that stores a cursor. `save` resolves once the cursor survives a crash. */
export interface CursorStore {
  load(): Promise<ExportCursor | undefined>;
  save(cursor: ExportCursor): Promise<void>;
}

/** Keeps a cursor in memory, so everything is sent again after a restart. */
export function createMemoryCursor(start?: ExportCursor): CursorStore {
  let kept = start;
  return {
    load: async () => kept,
    save: async (cursor) => {
      kept = cursor;
    },
  };
}

const CURSOR_VERSION = 'spanforge.export.cursor.v1';
const LEAF = /^[0-9a-f]{64}$/;
const MAX_SELECTION = 2000;

/** The text of a cursor, for stores that keep text. */
export function formatCursor({ next, leaf, selection }: ExportCursor): string {
  // Members that are undefined are left out.
  return `${JSON.stringify({ v: CURSOR_VERSION, next, leaf, selection })}\n`;
}

function invalidCursorError(reason: string): ExportError {
  return new ExportError('EXPORT_CURSOR_INVALID', `the export cursor ${reason}`, {
    details: { reason },
  });
}

/**
 * Reads the text of a cursor.
 *
 * @throws {ExportError} `EXPORT_CURSOR_INVALID`: an unreadable cursor never starts the export
 *   again.
 */
export function parseCursor(text: string): ExportCursor {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalidCursorError('is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null) throw invalidCursorError('is not an object');
  const { v, next, leaf, selection, ...others } = parsed as Record<string, unknown>;
  if (v !== CURSOR_VERSION) throw invalidCursorError(`is not of version ${CURSOR_VERSION}`);
  if (Object.keys(others).length > 0) throw invalidCursorError('has unknown members');
  if (!Number.isSafeInteger(next) || (next as number) < 0)
    throw invalidCursorError('has no valid "next"');
  const isText = typeof selection === 'string' && selection.length <= MAX_SELECTION;
  if (selection !== undefined && !isText) throw invalidCursorError('has no valid "selection"');
  const chosen = isText ? { selection } : {};
  if (next === 0) return { next: 0, ...chosen };
  if (typeof leaf !== 'string' || !LEAF.test(leaf)) throw invalidCursorError('has no valid "leaf"');
  return { next: next as number, leaf, ...chosen };
}
