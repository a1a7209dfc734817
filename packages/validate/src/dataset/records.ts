import { textBlocks } from './read-blocks.js';
import { csvRecords } from './read-csv.js';
import { jsonRecords } from './read-json.js';
import { type DatasetRecord, MAX_RECORD_LENGTH, parseRecord, tooLargeError } from './record.js';

/** The format of a data set. */
export type DatasetFormat = 'jsonl' | 'json' | 'csv' | 'text';

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
