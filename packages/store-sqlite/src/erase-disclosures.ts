import { bounded } from './bounded.js';
import type { Connection } from './connection.js';
import { removeDisclosureFile } from './disclosure-files.js';
import { type DisclosurePack, readPack, without } from './disclosures.js';

/** What was taken out of the database, and the files that nothing names any more. */
export interface Erased {
  readonly count: number;
  readonly files: readonly string[];
}

function replacePack(connection: Connection, first: number, kept: DisclosurePack | undefined) {
  if (kept === undefined) connection.statement('DELETE FROM disclosure WHERE first = ?').run(first);
  else {
    connection
      .statement('UPDATE disclosure SET entries = ?, bytes = ? WHERE first = ?')
      .run(kept.entries, kept.bytes, first);
  }
}

const isNamed = (connection: Connection, file: string): boolean =>
  connection
    .statement(`SELECT 1 FROM disclosure WHERE instr(${bounded('entries', "''")}, ?) > 0 LIMIT 1`)
    .row(file) !== undefined;

/** Takes the disclosures of records out of their rows, inside an open write transaction. */
export function eraseRows(connection: Connection, indexes: readonly number[]): Erased {
  const rowAt = connection.statement(
    'SELECT first, count FROM batch WHERE first <= ? ORDER BY first DESC LIMIT 1',
  );
  const rows = new Map<number, Set<number>>();
  for (const index of indexes) {
    const row = rowAt.row(index);
    if (!row || index >= Number(row[0]) + Number(row[1])) continue;
    const first = Number(row[0]);
    const positions = rows.get(first) ?? new Set();
    rows.set(first, positions.add(index - first));
  }
  let count = 0;
  const files: string[] = [];
  for (const [first, positions] of rows) {
    const pack = readPack(connection, first);
    if (!pack) continue;
    const left = without(pack, positions);
    if (left.count === 0) continue;
    replacePack(connection, first, left.kept);
    count += left.count;
    files.push(...left.files);
  }
  return { count, files: files.filter((file) => !isNamed(connection, file)) };
}

/** Removes the files that were taken out; one that is gone already is no error, and none keeps the others. */
export function eraseFiles(path: string, { files }: Erased): void {
  const errors: unknown[] = [];
  for (const file of files) {
    try {
      removeDisclosureFile(path, file);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
