import { fromUtf8 } from '@spanforge/core-signing';
import type { RecordJoin } from '../../evidence.js';
import { readJoin } from '../../records/envelope.js';
import { type BodyNames, BodyScanner } from './body-names.js';
import { ascii, past, pathOf, QUOTE, valueEnd, wholeEnd } from './json-bytes.js';
import { Name } from './names.js';
import { type Page, type Reading, type ReadingOf, Shape, Shapes } from './shape.js';

/** The parts of a record that a check of a whole log needs. */
export interface RecordNames extends BodyNames {
  readonly type: string;
  readonly traceId: string;
  readonly run: string;
  readonly tenant: string;
  readonly project: string;
  readonly agent: string;
  readonly actor: string;
  /** Epoch milliseconds: the writer's time. */
  readonly timeMs: number;
  readonly writerId: string;
  readonly boot: string;
  readonly n: number;
  readonly append: RecordJoin | undefined;
}

const MAX_TEXT = 512;
const MAX_IDENTIFIER = 128;
const [ULID, DATE] = [26, 'yyyy-mm-ddThh:mm:ss.mmmZ'.length];
/** The length of a time up to its minutes. */
const MINUTE = 'yyyy-mm-ddThh:mm'.length;

const ULID_TEXT = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const IS_ULID = new Uint8Array(256).map((_, byte) =>
  ULID_TEXT.test(`0${String.fromCharCode(byte)}${'0'.repeat(24)}`) ? 1 : 0,
);

const ACTOR = ascii('{"actor":"');
const AGENT = ascii(',"agent":"');
const APPEND = ascii(',"append":');
const BODY = ascii(',"body":');
const ENV = ascii(',"env":"');
const ID = ascii(',"id":"');
const MODES = ['live', 'shadow', 'simulate', 'replay'].map((mode) => ascii(`,"mode":"${mode}"`));
const POLICY = ascii(',"policy":{"digest":"');
const VERSION = ascii(',"version":"');
const CLOSE = ascii('}');
const PROJECT = ascii(',"project":"');
const RUN = ascii(',"run":"');
const SOURCE = ascii(',"source":"');
const SPAN = ascii(',"span_id":"');
const STATE_SIZE = ascii(',"state_size":');
const TENANT = ascii(',"tenant":"');
const TIME = ascii(',"time":"');
const TRACE = ascii('","trace_id":"');
const TYPE = ascii(',"type":"');
const WRITER = ascii(',"v":"spanforge.record.v1","writer":{"boot":"');
const N = ascii(',"n":');
const END = ascii('}}');

/** Reads the record that stands at a range of bytes; at all of them when it is absent. */
export type ScanRecord = (
  bytes: Uint8Array,
  from?: number,
  end?: number,
) => RecordNames | undefined;

/**
 * Creates a scanner that reads the names of a canonical record without building the record. It accepts
 * only bytes that the parser and the envelope's schema accept, and gives the same values. `undefined`
 * for every other record, and for some valid ones: these have to be parsed.
 *
 * The returned object is reused: it is valid until the next call.
 */
export function createRecordScanner(): ScanRecord {
  const scanner = new Scanner();
  return (bytes, from = 0, end = bytes.length) =>
    scanner.read(bytes, from, end) ? scanner : undefined;
}

/** A number of at most 15 digits, which is exact. */
function countAt(bytes: Uint8Array, from: number): number {
  const end = from < 0 ? -1 : wholeEnd(bytes, from);
  if (end < 0 || end - from > 15) return -1;
  let count = 0;
  for (let at = from; at < end; at += 1) count = count * 10 + (bytes[at] as number) - 0x30;
  return count;
}

/** No shape is learned from longer records, because these seldom resemble each other. */
const MOST_LEARNED = 16_384;

const pageOf = (buffer: ArrayBufferLike): Page => ({
  buffer,
  bytes: new Uint8Array(buffer),
  view: new DataView(buffer),
});

class Scanner extends BodyScanner implements RecordNames {
  readonly #name = (): Name => new Name(this.texts, MAX_TEXT);
  readonly #identifier = (): Name => new Name(this.texts, MAX_IDENTIFIER, true);
  readonly #actor = this.#name();
  readonly #agent = this.#name();
  readonly #env = this.#name();
  readonly #digest = this.#name();
  readonly #policyId = this.#name();
  readonly #version = this.#name();
  readonly #project = this.#name();
  readonly #run = this.#identifier();
  readonly #source = this.#name();
  readonly #span = this.#identifier();
  readonly #tenant = this.#name();
  readonly #trace = this.#identifier();
  readonly #boot = this.#name();
  readonly #writerId = this.#name();
  type = '';
  timeMs = 0;
  n = 0;
  append: RecordJoin | undefined;
  #minute = new Uint8Array(MINUTE);
  #minuteMs = 0;

  get actor(): string {
    return this.#actor.text;
  }
  get agent(): string {
    return this.#agent.text;
  }
  get project(): string {
    return this.#project.text;
  }
  get run(): string {
    return this.#run.text;
  }
  get tenant(): string {
    return this.#tenant.text;
  }
  get traceId(): string {
    return this.#trace.text;
  }
  get writerId(): string {
    return this.#writerId.text;
  }
  get boot(): string {
    return this.#boot.text;
  }

  readonly #shapes = new Shapes();
  /** The memory of the record that was read last. */
  #page = pageOf(new ArrayBuffer(0));
  /** The bytes that record was in, and where they begin in its memory. */
  #memory: Uint8Array = new Uint8Array(0);
  #offset = 0;
  /** Where that record is in it. */
  #from = 0;
  #end = 0;
  /** How to read the members around the body, by path. */
  readonly #readings: ReadonlyMap<string, Reading | 'fixed'> = new Map(
    Object.entries<Reading | 'fixed'>({
      [pathOf('actor')]: this.#actor,
      [pathOf('agent')]: this.#agent,
      [pathOf('env')]: this.#env,
      [pathOf('id')]: { read: ({ bytes }, at) => this.#ulid(bytes, at) },
      // One of a few words: another word makes another shape.
      [pathOf('mode')]: 'fixed',
      [pathOf('policy', 'digest')]: this.#digest,
      [pathOf('policy', 'id')]: this.#policyId,
      [pathOf('policy', 'version')]: this.#version,
      [pathOf('project')]: this.#project,
      [pathOf('run')]: this.#run,
      [pathOf('source')]: this.#source,
      [pathOf('span_id')]: this.#span,
      [pathOf('state_size')]: {
        read: ({ bytes }, at) => (countAt(bytes, at) < 0 ? -1 : wholeEnd(bytes, at)),
      },
      [pathOf('tenant')]: this.#tenant,
      [pathOf('time')]: {
        read: ({ bytes }, at) => {
          const end = this.#time(bytes, at);
          return bytes[end] === QUOTE ? end + 1 : -1;
        },
      },
      [pathOf('trace_id')]: this.#trace,
      [pathOf('type')]: {
        read: ({ bytes }, at) => this.#typeEnd(bytes, at),
        keep: () => {
          const { type } = this;
          return () => {
            this.type = type;
          };
        },
      },
      [pathOf('v')]: 'fixed',
      [pathOf('writer', 'boot')]: this.#boot,
      [pathOf('writer', 'id')]: this.#writerId,
      [pathOf('writer', 'n')]: {
        read: ({ bytes }, at) => {
          this.n = countAt(bytes, at);
          return this.n < 0 ? -1 : wholeEnd(bytes, at);
        },
      },
    }),
  );

  read(memory: Uint8Array, start: number, stop: number): boolean {
    if (this.#memory !== memory) {
      this.#memory = memory;
      this.#offset = memory.byteOffset;
      if (this.#page.buffer !== memory.buffer) this.#page = pageOf(memory.buffer);
    }
    this.#from = this.#offset + start;
    this.#end = this.#offset + stop;
    if (this.#shapes.find(this.#isOfShape)) {
      this.append = undefined;
      return true;
    }
    const bytes = memory.subarray(start, stop);
    if (!this.#readAlone(bytes)) return false;
    if (!this.append && !this.counted && bytes.length <= MOST_LEARNED) {
      this.#shapes.learn(() => new Shape(bytes, this.#readingOf));
    }
    return true;
  }

  readonly #isOfShape = (shape: Shape): boolean => {
    const page = this.#page;
    this.startBody(page.bytes);
    if (shape.read(page, this.#from, this.#end)) return true;
    this.startBody(page.bytes);
    return shape.readAnew(page, this.#from, this.#end);
  };

  readonly #readingOf: ReadingOf = (path, isText) =>
    this.#readings.get(path) ?? (isText ? this.readingIn(path) : undefined);

  #readAlone(bytes: Uint8Array): boolean {
    let at = this.#actor.end(bytes, past(bytes, 0, ACTOR));
    at = this.#agent.end(bytes, past(bytes, at, AGENT));
    at = past(bytes, this.#append(bytes, at), BODY);
    if (at < 0) return false;
    at = this.bodyEnd(bytes, at);
    at = this.#env.end(bytes, past(bytes, at, ENV));
    at = this.#ulid(bytes, past(bytes, at, ID));
    at = this.#policy(bytes, this.#mode(bytes, at));
    at = this.#project.end(bytes, past(bytes, at, PROJECT));
    at = this.#run.end(bytes, past(bytes, at, RUN));
    at = this.#source.end(bytes, past(bytes, at, SOURCE));
    at = this.#stateSize(bytes, this.#spanEnd(bytes, at));
    at = this.#tenant.end(bytes, past(bytes, at, TENANT));
    at = this.#time(bytes, past(bytes, at, TIME));
    at = this.#trace.end(bytes, past(bytes, at, TRACE));
    at = this.#typeEnd(bytes, past(bytes, at, TYPE));
    return at >= 0 && this.#writer(bytes, past(bytes, at, WRITER));
  }

  /** Reads the type. Neighbouring records often have different types. */
  #typeEnd(bytes: Uint8Array, from: number): number {
    const known = from < 0 ? undefined : this.texts(bytes, from);
    if (!known || known.text === '' || known.text.length > MAX_TEXT) return -1;
    this.type = known.text;
    return from + known.text.length + 1;
  }

  #ulid(bytes: Uint8Array, from: number): number {
    if (from < 0 || (bytes[from] as number) > 0x37) return -1;
    for (let at = from; at < from + ULID; at += 1) if (IS_ULID[bytes[at] ?? 0] !== 1) return -1;
    return bytes[from + ULID] === 0x22 ? from + ULID + 1 : -1;
  }

  #mode(bytes: Uint8Array, at: number): number {
    for (const mode of MODES) {
      const end = past(bytes, at, mode);
      if (end >= 0) return end;
    }
    return -1;
  }

  #append(bytes: Uint8Array, at: number): number {
    this.append = undefined;
    const from = past(bytes, at, APPEND);
    if (from < 0) return at;
    const end = valueEnd(bytes, from);
    if (end < 0) return -1;
    this.append = readJoin(JSON.parse(fromUtf8(bytes.subarray(from, end))));
    return this.append ? end : -1;
  }

  #policy(bytes: Uint8Array, at: number): number {
    const from = past(bytes, at, POLICY);
    if (from < 0) return at;
    const id = this.#policyId.end(bytes, past(bytes, this.#digest.end(bytes, from), ID));
    return past(bytes, this.#version.end(bytes, past(bytes, id, VERSION)), CLOSE);
  }

  #spanEnd(bytes: Uint8Array, at: number): number {
    const from = past(bytes, at, SPAN);
    return from < 0 ? at : this.#span.end(bytes, from);
  }

  #stateSize(bytes: Uint8Array, at: number): number {
    const from = past(bytes, at, STATE_SIZE);
    if (from < 0) return at;
    return countAt(bytes, from) < 0 ? -1 : wholeEnd(bytes, from);
  }

  /** Reads the time; a time in another form than `toISOString` gives is left to the parser. */
  #time(bytes: Uint8Array, from: number): number {
    if (from < 0 || from + DATE > bytes.length) return -1;
    if (past(bytes, from, this.#minute) < 0) {
      const written = String.fromCharCode(...bytes.subarray(from, from + DATE));
      const ms = Date.parse(written);
      if (Number.isNaN(ms) || new Date(ms).toISOString() !== written) return -1;
      // The schema knows no year 0.
      if (written.startsWith('0000')) return -1;
      this.#minute = bytes.slice(from, from + MINUTE);
      this.#minuteMs = ms - (ms % 60_000);
    }
    const seconds = this.#digits(bytes, from + MINUTE, 0x3a, 2);
    const thousandths = this.#digits(bytes, from + MINUTE + 3, 0x2e, 3);
    if (seconds < 0 || seconds > 59 || thousandths < 0 || bytes[from + DATE - 1] !== 0x5a)
      return -1;
    this.timeMs = this.#minuteMs + seconds * 1000 + thousandths;
    return from + DATE;
  }

  /** Reads `count` digits after a mark such as a colon. */
  #digits(bytes: Uint8Array, from: number, mark: number, count: number): number {
    if (bytes[from] !== mark) return -1;
    let sum = 0;
    for (let at = from + 1; at <= from + count; at += 1) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) return -1;
      sum = sum * 10 + digit;
    }
    return sum;
  }

  #writer(bytes: Uint8Array, from: number): boolean {
    const id = past(bytes, this.#boot.end(bytes, from), ID);
    const n = past(bytes, this.#writerId.end(bytes, id), N);
    this.n = countAt(bytes, n);
    return this.n >= 0 && past(bytes, wholeEnd(bytes, n), END) === bytes.length;
  }
}
