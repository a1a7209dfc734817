import { ValidateError } from '../error.js';
import { textBlocks } from './read-blocks.js';
import { csvRecords } from './read-csv.js';
import { jsonRecords } from './read-json.js';

/** How a data set is written. */
export type DatasetFormat = 'jsonl' | 'json' | 'csv' | 'text';

/** One record: its value, or the text of one that could not be read. */
export type DatasetRecord =
  | { readonly kind: 'value'; readonly value: unknown; readonly formulas?: number }
  | { readonly kind: 'unreadable'; readonly text: string; readonly formulas?: number }
  /** A block of a text: it overlaps the one before by `overlap` code units. */
  | {
      readonly kind: 'block';
      readonly text: string;
      readonly overlap: number;
      readonly lines: number;
      readonly last: boolean;
    };

/** The most code units one record may have. */
export const MAX_RECORD_LENGTH = 8 * 1024 * 1024;

export function tooLargeError(record: number): ValidateError {
  return new ValidateError(
    'VALIDATE_INPUT_TOO_LARGE',
    `record ${record} is longer than ${MAX_RECORD_LENGTH} characters`,
    { details: { record, maxLength: MAX_RECORD_LENGTH } },
  );
}

/** JSON text as a record. */
export function parseRecord(text: string): DatasetRecord {
  try {
    return { kind: 'value', value: JSON.parse(text) };
  } catch {
    return { kind: 'unreadable', text };
  }
}

async function* jsonLines(pieces: AsyncIterable<string>): AsyncGenerator<DatasetRecord> {
  let rest = '';
  let count = 0;
  for await (const piece of pieces) {
    const text = rest + piece;
    let from = 0;
    for (let end = text.indexOf('\n', rest.length); end >= 0; end = text.indexOf('\n', from)) {
      const line = text.slice(from, end).trim();
      from = end + 1;
      if (line === '') continue;
      count += 1;
      if (line.length > MAX_RECORD_LENGTH) throw tooLargeError(count);
      yield parseRecord(line);
    }
    rest = text.slice(from);
    if (rest.length > MAX_RECORD_LENGTH) throw tooLargeError(count + 1);
  }
  if (rest.trim() !== '') yield parseRecord(rest.trim());
}

/**
 * The records of a data set, one after the other, in fixed memory.
 *
 * @throws {ValidateError} `VALIDATE_INPUT_TOO_LARGE` for one record that is longer than 8 Mi
 *   characters.
 */
export function readRecords(
  pieces: AsyncIterable<string>,
  format: DatasetFormat,
): AsyncGenerator<DatasetRecord> {
  if (format === 'jsonl') return jsonLines(pieces);
  if (format === 'json') return jsonRecords(pieces);
  return format === 'csv' ? csvRecords(pieces) : textBlocks(pieces);
}
