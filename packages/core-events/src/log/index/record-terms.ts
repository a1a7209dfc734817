import { fromUtf8 } from '@spanforge/core-signing';
import { term } from '../terms.js';

/** Names that the index is committed to, as they stand in a record. */
interface Names {
  readonly trace_id?: unknown;
  readonly run?: unknown;
  readonly type?: unknown;
}

const END = '","v":"spanforge.record.v1","writer":{"boot":"';

/** The text between two marks, where it needs no unescaping. */
function between(text: string, before: string, end: number): readonly [string, number] | undefined {
  const at = text.lastIndexOf(before, end);
  if (at < 0) return undefined;
  const name = text.slice(at + before.length, end);
  return name.includes('"') || name.includes('\\') ? undefined : [name, at];
}

/**
 * Reads the names off the end of a canonical record: members are sorted, and no text within the
 * record can hold the quotes of a member, so what is found last is the record's own.
 */
function scan(text: string): Names | undefined {
  const end = text.lastIndexOf(END);
  const type = end < 0 ? undefined : between(text, '","type":"', end);
  const trace = type && between(text, '"trace_id":"', type[1]);
  const source = trace ? text.lastIndexOf('","source":"', trace[1]) : -1;
  const run = source < 0 ? undefined : between(text, ',"run":"', source);
  return type && trace && run && { type: type[0], trace_id: trace[0], run: run[0] };
}

function parse(text: string): Names {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function read(bytes: Uint8Array): Names {
  try {
    const text = fromUtf8(bytes);
    return scan(text) ?? parse(text);
  } catch {
    return {};
  }
}

/** The type a record's bytes say, if they say one. */
export function typeOfBytes(bytes: Uint8Array): string | undefined {
  const { type } = read(bytes);
  return typeof type === 'string' ? type : undefined;
}

/** The terms of a record that the index is committed to, from its bytes: trace, run and type. */
export function provenTerms(bytes: Uint8Array): readonly string[] {
  const { trace_id, run, type } = read(bytes);
  const terms: string[] = [];
  if (typeof trace_id === 'string') terms.push(term('trace', trace_id));
  if (typeof run === 'string') terms.push(term('run', run));
  if (typeof type === 'string') terms.push(term('type', type));
  return terms;
}
