import { type DatasetRecord, MAX_RECORD_LENGTH, parseRecord, tooLargeError } from './record.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = [0x5b, 0x7b];
const CLOSE = [0x5d, 0x7d];

interface Splitter {
  /** Elements of the top-level list that ended in this piece. */
  push(piece: string): Iterable<string>;
  /** The rest at the end; not empty if the list was cut off or text follows it. */
  rest(): string;
}

/** Splits the elements of a list; starts after its bracket. */
function createSplitter(): Splitter {
  let pending = '';
  let depth = 0;
  let inText = false;
  let escaped = false;
  let ended = false;
  let count = 0;
  function* push(piece: string): Iterable<string> {
    let from = 0;
    for (let at = 0; at < piece.length && !ended; at += 1) {
      const code = piece.charCodeAt(at);
      if (inText) {
        if (escaped) escaped = false;
        else if (code === BACKSLASH) escaped = true;
        else if (code === QUOTE) inText = false;
      } else if (code === QUOTE) inText = true;
      else if (OPEN.includes(code)) depth += 1;
      else if (depth > 0 && CLOSE.includes(code)) depth -= 1;
      else if (depth === 0 && (code === COMMA || CLOSE.includes(code))) {
        const element = (pending + piece.slice(from, at)).trim();
        pending = '';
        from = at + 1;
        ended = code !== COMMA;
        count += 1;
        // Nothing between the brackets is an empty list; nothing beside a comma is a fault.
        if (element !== '' || !ended || count > 1) yield element;
      }
    }
    pending += piece.slice(from);
    if (pending.length > MAX_RECORD_LENGTH) throw tooLargeError(count + 1);
  }
  return { push, rest: () => (ended ? pending.trim() : `${pending.trim()} `.trimStart() || '[') };
}

/**
 * The records of a document that is not a list: its one list of objects, or the document itself.
 */
function* recordsOf(text: string): Iterable<DatasetRecord> {
  const whole = parseRecord(text);
  if (whole.kind !== 'value' || typeof whole.value !== 'object' || whole.value === null) {
    yield whole;
    return;
  }
  const members = Object.entries(whole.value);
  const lists = members.filter(
    ([, member]) => Array.isArray(member) && member.length > 0 && member.every(isRecord),
  );
  const [list] = lists;
  if (lists.length !== 1 || list === undefined) {
    yield whole;
    return;
  }
  const others = members.filter(([name]) => name !== list[0]);
  for (const value of list[1] as readonly unknown[]) yield { kind: 'value', value };
  // The text around the list is searched too and counts as one more record.
  if (others.length > 0) yield { kind: 'value', value: Object.fromEntries(others) };
}

const isRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The elements of a list, or the records of another document of at most 8 Mi characters. */
export async function* jsonRecords(pieces: AsyncIterable<string>): AsyncGenerator<DatasetRecord> {
  let head = '';
  let splitter: Splitter | undefined;
  for await (const piece of pieces) {
    if (splitter === undefined) {
      head += piece;
      if (!head.trimStart().startsWith('[')) {
        if (head.length > MAX_RECORD_LENGTH) throw tooLargeError(1);
        continue;
      }
      splitter = createSplitter();
      for (const element of splitter.push(head.trimStart().slice(1))) yield parseRecord(element);
    } else {
      for (const element of splitter.push(piece)) yield parseRecord(element);
    }
  }
  if (splitter === undefined) {
    if (head.trim() !== '') yield* recordsOf(head.trim());
  } else if (splitter.rest() !== '') {
    yield { kind: 'unreadable', text: splitter.rest() };
  }
}
