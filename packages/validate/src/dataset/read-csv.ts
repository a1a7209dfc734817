import { type DatasetRecord, MAX_RECORD_LENGTH, tooLarge } from './records.js';

interface Rows {
  push(piece: string): Iterable<readonly string[]>;
  end(): Iterable<readonly string[]>;
}

/** Fields of rows (RFC 4180): quotes around a field, doubled inside; line ends inside quotes. */
function createRows(): Rows {
  let row: string[] = [];
  let field = '';
  let quoted = false;
  let afterQuote = false;
  let length = 0;
  let count = 0;
  const closeField = (): void => {
    row.push(field);
    field = '';
    afterQuote = false;
  };
  const closeRow = (): readonly string[] => {
    closeField();
    const whole = row;
    row = [];
    length = 0;
    count += 1;
    return whole;
  };
  function* push(piece: string): Iterable<readonly string[]> {
    for (let at = 0; at < piece.length; at += 1) {
      const character = piece.charAt(at);
      length += 1;
      if (length > MAX_RECORD_LENGTH) throw tooLarge(count + 1);
      if (quoted && character === '"') {
        quoted = false;
        afterQuote = true;
      } else if (quoted) field += character;
      else if (character === '"' && (field === '' || afterQuote)) {
        if (afterQuote) field += '"';
        quoted = true;
      } else if (character === ',') closeField();
      else if (character === '\n') yield closeRow();
      else if (character !== '\r') field += character;
    }
  }
  function* end(): Iterable<readonly string[]> {
    if (field !== '' || row.length > 0 || afterQuote || quoted) yield closeRow();
  }
  return { push, end };
}

const isBlank = (row: readonly string[]): boolean => row.length === 1 && row[0] === '';

/** Rows under the names of the first row; a row with more fields than names is not readable. */
export async function* csvRecords(pieces: AsyncIterable<string>): AsyncGenerator<DatasetRecord> {
  const rows = createRows();
  let names: readonly string[] | undefined;
  const recordOf = (row: readonly string[]): DatasetRecord | undefined => {
    if (isBlank(row)) return undefined;
    if (names === undefined) {
      names = row.map((name, at) => name.trim() || `column_${at + 1}`);
      return undefined;
    }
    if (row.length > names.length) return { kind: 'unreadable', text: row.join(',') };
    const known = names;
    return {
      kind: 'value',
      value: Object.fromEntries(row.map((value, at) => [known[at] ?? '', value])),
    };
  };
  for await (const piece of pieces) {
    for (const row of rows.push(piece)) {
      const record = recordOf(row);
      if (record) yield record;
    }
  }
  for (const row of rows.end()) {
    const record = recordOf(row);
    if (record) yield record;
  }
}
