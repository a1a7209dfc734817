import { fromUtf8 } from '@spanforge/core-signing';
import {
  ascii,
  itemsEnd,
  membersEnd,
  type OnMember,
  OPEN_LIST,
  OPEN_OBJECT,
  past,
  pathOf,
  plainEnd,
  QUOTE,
  textEnd,
  valueEnd,
} from './json-bytes.js';
import { createTexts, Name } from './names.js';
import type { Reading, ReadValue } from './shape.js';

/** The names in a record's body that a check of a whole log needs. */
export interface BodyNames {
  readonly tool: string | undefined;
  readonly outcome: string | undefined;
  /** Ids of rules; one may be there several times. */
  readonly rules: readonly string[];
  readonly subjects: readonly string[];
  /** Whether counters were counted. */
  readonly counted: boolean;
  /**
   * Whether the record commits to a value of this name by this digest. Also false if the record has to
   * be parsed to know.
   */
  commits(name: string, digest: string): boolean;
}

/** Skips the value at a position, and keeps the name in it. */
type Read = (bytes: Uint8Array, value: number) => number;

const NONE: readonly string[] = [];
const RULE_ID = ascii('rule_id"');

const TOOL = pathOf('body', 'tool');
const OUTCOME = pathOf('body', 'outcome');
const RULE = pathOf('body', 'rules', undefined, 'rule_id');
const SUBJECT = pathOf('body', 'subjects', undefined);
const VALUES = pathOf('body', 'values', '');

/** Reads the names of one body after the other; they are valid until the next body is read. */
export class BodyScanner implements BodyNames {
  tool: string | undefined;
  outcome: string | undefined;
  rules: readonly string[] = NONE;
  subjects: readonly string[] = NONE;
  counted = false;
  protected readonly texts = createTexts();
  #bytes: Uint8Array = new Uint8Array(0);
  /** The range of `values`, if it is an object of plain texts with sorted names; otherwise empty. */
  #from = 0;
  #to = 0;
  #committed: string | undefined;
  /** The names of values and their positions, if a shape has them. */
  readonly #names: string[] = [];
  readonly #places: number[] = [];
  #placed = 0;
  #list: string[] = [];
  #nameFrom = 0;
  #nameTo = 0;
  #isFlat = true;
  #hasId = false;
  /** One bit for each member that was read: of two with one name, `JSON.parse` takes the last. */
  #seen = 0;

  /** The members to read, by the first byte of their names, which all differ. */
  readonly #reads: ({ readonly name: Uint8Array; readonly read: Read } | undefined)[] = [];

  constructor() {
    for (let byte = 0; byte < 256; byte += 1) this.#reads.push(undefined);
    const read = (name: string, reads: Read): void => {
      this.#reads[name.charCodeAt(0)] = { name: ascii(`${name}"`), read: reads };
    };
    read('__proto__', () => -1);
    read('counted', (bytes, value) => {
      this.counted = true;
      return valueEnd(bytes, value);
    });
    read('outcome', (bytes, value) => {
      const end = valueEnd(bytes, value);
      if (bytes[value] !== QUOTE || end < 0) return end;
      this.outcome = this.#plain(bytes, value);
      return this.outcome === undefined ? -1 : end;
    });
    read('tool', (bytes, value) => {
      const end = valueEnd(bytes, value);
      if (bytes[value] !== QUOTE || end < 0) return end;
      this.tool = this.#plain(bytes, value);
      return this.tool === undefined ? -1 : end;
    });
    read('rules', (bytes, value) => {
      if (bytes[value] !== OPEN_LIST) return valueEnd(bytes, value);
      this.#list = [];
      this.rules = this.#list;
      return itemsEnd(bytes, value, this.#rule);
    });
    read('subjects', (bytes, value) => {
      if (bytes[value] !== OPEN_LIST) return valueEnd(bytes, value);
      this.#list = [];
      this.subjects = this.#list;
      return itemsEnd(bytes, value, this.#add);
    });
    read('values', (bytes, value) => {
      if (bytes[value] !== OPEN_OBJECT) return valueEnd(bytes, value);
      this.#nameFrom = this.#nameTo = 0;
      this.#isFlat = true;
      const end = membersEnd(bytes, value, this.#value);
      if (end > 0 && this.#isFlat) [this.#from, this.#to] = [value, end];
      return end;
    });
  }

  commits(name: string, digest: string): boolean {
    if (this.#placed > 0) {
      for (let n = 0; n < this.#placed; n += 1) {
        if (this.#names[n] === name)
          return textEnd(this.#bytes, this.#places[n] as number, digest) >= 0;
      }
      return false;
    }
    this.#committed ??= fromUtf8(this.#bytes.subarray(this.#from, this.#to));
    return this.#committed.includes(`"${name}":"${digest}"`);
  }

  /** Skips the body; starts at its brace. -1 if it has to be parsed. */
  bodyEnd(bytes: Uint8Array, from: number): number {
    this.startBody(bytes);
    return membersEnd(bytes, from, this.#member);
  }

  /** Forgets the previous body. */
  protected startBody(bytes: Uint8Array): void {
    this.tool = undefined;
    this.outcome = undefined;
    this.rules = NONE;
    this.subjects = NONE;
    this.counted = false;
    this.#bytes = bytes;
    this.#from = 0;
    this.#to = 0;
    this.#committed = undefined;
    this.#placed = 0;
    this.#seen = 0;
  }

  /** How to read a text at this path in other bodies of the same shape. */
  protected readingIn(path: string): Reading | undefined {
    if (path === TOOL)
      return this.#kept(
        (text) => this.#setTool(text),
        () => this.tool,
      );
    if (path === OUTCOME)
      return this.#kept(
        (text) => this.#setOutcome(text),
        () => this.outcome,
      );
    if (path === RULE) return this.#listed((text) => this.#addRule(text));
    if (path === SUBJECT) return this.#listed((text) => this.#addSubject(text));
    // Values other than texts with sorted names are not read.
    if (!path.startsWith(VALUES) || this.#to === 0) return undefined;
    const name = path.slice(VALUES.length);
    const read: ReadValue = ({ bytes }, at) => {
      this.#names[this.#placed] = name;
      this.#places[this.#placed] = at;
      this.#placed += 1;
      return plainEnd(bytes, at);
    };
    return { read };
  }

  #setTool(text: string | undefined): void {
    this.tool = text;
  }

  #setOutcome(text: string | undefined): void {
    this.outcome = text;
  }

  #addRule(text: string): void {
    this.rules = [...this.rules, text];
  }

  #addSubject(text: string): void {
    this.subjects = [...this.subjects, text];
  }

  /** A text that occurs at most once. */
  #kept(set: (text: string | undefined) => void, get: () => string | undefined): Reading {
    const keep = () => {
      const text = get();
      return () => set(text);
    };
    return { ...this.#listed(set), keep };
  }

  /** A text that may occur several times, in order. */
  #listed(set: (text: string) => void): Reading {
    const name = new Name(this.texts, Number.POSITIVE_INFINITY);
    const read: ReadValue = (page, at) => {
      const end = name.read(page, at);
      set(name.text);
      return end;
    };
    return { read };
  }

  readonly #member: OnMember = (bytes, name, value) => {
    const first = bytes[name] as number;
    const known = this.#reads[first];
    if (known === undefined || past(bytes, name, known.name) < 0) return valueEnd(bytes, value);
    const bit = 1 << (first & 31);
    if ((this.#seen & bit) !== 0) return -1;
    this.#seen |= bit;
    return known.read(bytes, value);
  };

  #plain(bytes: Uint8Array, value: number): string | undefined {
    return this.texts(bytes, value + 1)?.text;
  }

  readonly #add: Read = (bytes, value) => {
    if (bytes[value] !== QUOTE) return valueEnd(bytes, value);
    const known = this.texts(bytes, value + 1);
    if (!known) return -1;
    this.#list.push(known.text);
    return value + 1 + known.text.length + 1;
  };

  readonly #rule: Read = (bytes, value) => {
    this.#hasId = false;
    const isObject = bytes[value] === OPEN_OBJECT;
    return isObject ? membersEnd(bytes, value, this.#ruleMember) : valueEnd(bytes, value);
  };

  readonly #ruleMember: OnMember = (bytes, name, value) => {
    if (past(bytes, name, RULE_ID) < 0) return valueEnd(bytes, value);
    if (this.#hasId) return -1;
    this.#hasId = true;
    return this.#add(bytes, value);
  };

  readonly #value: OnMember = (bytes, name, value) => {
    if (!this.#isAfter(bytes, name, value - 2)) this.#isFlat = false;
    this.#nameFrom = name;
    this.#nameTo = value - 2;
    const end = bytes[value] === QUOTE ? plainEnd(bytes, value + 1) : -1;
    if (end > 0) return end;
    this.#isFlat = false;
    return valueEnd(bytes, value);
  };

  /** Whether a name sorts after the previous one, so that no name occurs twice. */
  #isAfter(bytes: Uint8Array, from: number, to: number): boolean {
    const length = Math.min(to - from, this.#nameTo - this.#nameFrom);
    for (let at = 0; at < length; at += 1) {
      const [one, other] = [bytes[from + at] as number, bytes[this.#nameFrom + at] as number];
      if (one !== other) return one > other;
    }
    return to - from > length;
  }
}
