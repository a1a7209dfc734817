import { fromUtf8 } from '@spanforge/core-signing';
import { bodyTerms, claimTerm, term } from '../terms.js';

/** The names of a record that the signed index commits to. */
interface Names {
  readonly trace_id?: unknown;
  readonly run?: unknown;
  readonly type?: unknown;
  readonly agent?: unknown;
  readonly actor?: unknown;
  readonly append?: unknown;
  readonly body?: unknown;
}

const END = '","v":"spanforge.record.v1","writer":{"boot":"';

/** The text between two marks, if it has no escapes. */
function between(text: string, before: string, end: number): readonly [string, number] | undefined {
  const at = text.lastIndexOf(before, end);
  if (at < 0) return undefined;
  const name = text.slice(at + before.length, end);
  return name.includes('"') || name.includes('\\') ? undefined : [name, at];
}

/** The names at the beginning of a canonical record that says nothing about its append. */
function scanFront(text: string): Pick<Names, 'agent' | 'actor'> | undefined {
  const body = text.indexOf('","body":');
  const agent = body < 0 ? undefined : between(text, '","agent":"', body);
  if (!agent || !text.startsWith('{"actor":"')) return undefined;
  const actor = text.slice('{"actor":"'.length, agent[1]);
  if (actor.includes('"') || actor.includes('\\')) return undefined;
  return { actor, agent: agent[0] };
}

/**
 * Reads the names off both ends of a canonical record: members are sorted, and no text within the
 * record can hold the quotes of a member. A record that may name a tool or a rule is parsed.
 */
function scan(text: string): Names | undefined {
  if (text.includes('"tool":"') || text.includes('"rule_id":"')) return undefined;
  const end = text.lastIndexOf(END);
  const type = end < 0 ? undefined : between(text, '","type":"', end);
  const trace = type && between(text, '"trace_id":"', type[1]);
  const source = trace ? text.lastIndexOf('","source":"', trace[1]) : -1;
  const run = source < 0 ? undefined : between(text, ',"run":"', source);
  const front = type && trace && run && scanFront(text);
  return front && { ...front, type: type[0], trace_id: trace[0], run: run[0] };
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

function claimIn({ append }: Names): string | undefined {
  const { claim } = (append ?? {}) as { claim?: unknown };
  return typeof claim === 'string' ? claim : undefined;
}

/** How much of a record's end is searched for its type and tenant; more is seldom needed. */
const TAIL_BYTES = 1024;

/** The members at the end of a canonical record. */
export interface RecordEnd {
  readonly type: string;
  readonly tenant: string;
  readonly writer?: RecordWriter;
}

/** Which writer made a record, and the number it gave it. */
export interface RecordWriter {
  readonly id: string;
  readonly boot: string;
  readonly n: number;
}

const WRITER = /^([^"\\]+)","id":"([^"\\]+)","n":(\d{1,15})\}\}$/;

function writerAt(text: string, at: number): RecordWriter | undefined {
  const [, boot, id, n] = WRITER.exec(text.slice(at)) ?? [];
  return boot === undefined || id === undefined ? undefined : { id, boot, n: Number(n) };
}

/**
 * Type, tenant and writer, read from the end of a canonical record; undefined if it has to be parsed. Only
 * for bytes that the log's writers made, which the caller has to check.
 */
export function scanEnd(bytes: Uint8Array): RecordEnd | undefined {
  try {
    const text = fromUtf8(bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES)));
    const end = text.lastIndexOf(END);
    const type = end < 0 ? undefined : between(text, '","type":"', end);
    const trace = type && between(text, '","trace_id":"', type[1]);
    const time = trace && between(text, '","time":"', trace[1]);
    const tenant = time && between(text, '"tenant":"', time[1]);
    if (!type || !tenant) return undefined;
    const writer = writerAt(text, end + END.length);
    return { type: type[0], tenant: tenant[0], ...(writer && { writer }) };
  } catch {
    return undefined;
  }
}

/** The type a record's bytes say, if they say one. */
export function typeOfBytes(bytes: Uint8Array): string | undefined {
  const { type } = read(bytes);
  return typeof type === 'string' ? type : undefined;
}

/** The claim that a record's bytes say was taken with it. */
export function claimOfBytes(bytes: Uint8Array): string | undefined {
  return claimIn(read(bytes));
}

/** Terms of a record that the signed index does not commit to. */
const UNPROVEN = ['tenant:', 'project:', 'outcome:', 'subject:'] as const;

/** Whether the signed index commits to a term. */
export function isProvenTerm(name: string): boolean {
  for (const kind of UNPROVEN) if (name.startsWith(kind)) return false;
  return true;
}

/**
 * The terms of a record that the index is committed to, from its bytes: trace, run, type, agent,
 * actor, tool, rules and the claim it took.
 */
export function provenTerms(bytes: Uint8Array): readonly string[] {
  const names = read(bytes);
  const { trace_id, run, type, agent, actor, body } = names;
  const terms: string[] = [];
  if (typeof trace_id === 'string') terms.push(term('trace', trace_id));
  if (typeof run === 'string') terms.push(term('run', run));
  if (typeof type === 'string') terms.push(term('type', type));
  if (typeof agent === 'string') terms.push(term('agent', agent));
  if (typeof actor === 'string') terms.push(term('actor', actor));
  terms.push(...bodyTerms(body));
  const claim = claimIn(names);
  if (claim !== undefined) terms.push(claimTerm(claim));
  return terms;
}
