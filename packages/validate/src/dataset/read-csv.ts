import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { ValidateError } from '../error.js';
import { type DatasetRecord, MAX_RECORD_LENGTH, tooLargeError } from './record.js';

/**
 * Characters at the beginning of a cell that make a spreadsheet read a formula (OWASP, CSV
 * injection).
 */
const FORMULA = /^[=+@\t\r]|^-(?!\d)/;

/** Whether a spreadsheet would compute a cell instead of showing it. A negative number is not a formula. */
export function isFormula(cell: string): boolean {
  return FORMULA.test(cell) && !/^[+-]?[\d.,]{1,40}$/.test(cell);
}

/**
 * Rows under the names of the first row (RFC 4180); a row with more fields than names is not readable.
 *
 * @throws {ValidateError} `VALIDATE_INPUT_UNREADABLE` with the line, for a quote that is not closed
 *   or not allowed: the rows after it cannot be counted. `VALIDATE_INPUT_TOO_LARGE`.
 */
export async function* csvRecords(pieces: AsyncIterable<string>): AsyncGenerator<DatasetRecord> {
  // Called when a row is read, not when it is consumed, because an error drops the waiting rows.
  let line = 0;
  const rows = parse({
    on_record: (record: string[], { lines }) => {
      line = lines;
      return record;
    },
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_LENGTH,
  });
  const source = Readable.from(pieces);
  source.on('error', (error) => rows.destroy(error));
  source.pipe(rows);
  let names: readonly string[] | undefined;
  try {
    for await (const record of rows as AsyncIterable<readonly string[]>) {
      if (names === undefined) names = namesOf(record);
      else yield recordOf(names, record);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw csvError(error, line + 1);
  } finally {
    source.destroy();
  }
}

function namesOf(row: readonly string[]): readonly string[] {
  return row.map((name, at) => name.trim() || `column_${at + 1}`);
}

function recordOf(names: readonly string[], row: readonly string[]): DatasetRecord {
  const formulas = row.filter(isFormula).length;
  if (row.length > names.length) return { kind: 'unreadable', text: row.join(','), formulas };
  const value = Object.fromEntries(row.map((cell, at) => [names[at] ?? '', cell]));
  return { kind: 'value', value, formulas };
}

/** Says where, and what to do; never quotes the data. */
function csvError({ code }: CsvError, line: number): ValidateError {
  if (code === 'CSV_MAX_RECORD_SIZE') return tooLargeError(line);
  const isOpen = code === 'CSV_QUOTE_NOT_CLOSED';
  const reason = isOpen ? 'quote_not_closed' : 'quote_misplaced';
  const what = isOpen ? 'a quote that is never closed' : 'a quote that must be doubled (RFC 4180)';
  return new ValidateError(
    'VALIDATE_INPUT_UNREADABLE',
    `the record that begins in line ${line} has ${what}`,
    { details: { reason, line } },
  );
}
