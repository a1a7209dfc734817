import { deepFreeze } from './freeze.js';
import type { JsonValue } from './types.js';

/** Names of members and numbers of items, from the outside in. */
export type JsonPath = readonly (string | number)[];

/** What texts have in common that differ in some of their strings and numbers only. */
export interface Likeness {
  /** Where they differ. */
  readonly varying: readonly JsonPath[];
}

/** Parses JSON texts of which many resemble an earlier one. */
export interface AlikeParser {
  /**
   * What `JSON.parse` makes of a text. Objects and arrays in which no two texts of a likeness differ are
   * shared and deeply frozen. The outermost one is the parser's, and used again: what is in it is to be taken out
   * before the next call. The others are the caller's own.
   *
   * @throws {SyntaxError} as `JSON.parse` does.
   */
  parse(text: string): JsonValue;
  /** The likeness of the text that was parsed last; undefined when it shares nothing. */
  readonly likeness: Likeness | undefined;
}

/** A string or number of the text that was learned. */
interface Scalar {
  readonly path: JsonPath;
  /** What stands between the scalar before and this one. */
  readonly before: string;
  /** As it is written, a string with its quotes. */
  readonly written: string;
  readonly isText: boolean;
  varies: boolean;
}

/** A scalar that varies, and the text that comes before it, up to its opening quote. */
interface Step {
  readonly run: string;
  readonly isText: boolean;
}

/** An object or array that holds something that varies. */
interface Branch {
  /** Private: a frozen object is copied at ten times the cost. */
  readonly model: Readonly<Record<string, JsonValue>> | readonly JsonValue[];
  readonly varying: readonly { readonly key: string | number; readonly inner: Branch | number }[];
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const [ZERO, NINE] = [0x30, 0x39];
const POINT = 0x2e;
/** The bit that a capital letter lacks. */
const SMALL = 0x20;
const EXPONENT = 0x65;
/** Whole numbers with so many digits are exact. */
const EXACT_DIGITS = 15;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Steps over a string without escapes; starts behind its opening quote. */
function textEnd(text: string, from: number): number {
  for (let at = from; ; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) return at;
    // Behind the last unit there is NaN, which is in no order.
    if (!(unit >= SPACE) || unit === BACKSLASH) return -1;
  }
}

function wholeEnd(text: string, from: number): number {
  let at = from;
  for (let unit = text.charCodeAt(at); unit >= ZERO && unit <= NINE; unit = text.charCodeAt(at)) {
    at += 1;
  }
  return at;
}

/** Steps over a number. */
function numberEnd(text: string, from: number): number {
  NUMBER.lastIndex = from;
  return NUMBER.test(text) ? NUMBER.lastIndex : -1;
}

function wholeOf(text: string, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 1) sum = sum * 10 + text.charCodeAt(at) - ZERO;
  return sum;
}

/** The scalars of a value in the order of its text, and what stands behind the last one. */
function scalarsOf(value: JsonValue): { readonly scalars: Scalar[]; readonly after: string } {
  const scalars: Scalar[] = [];
  let before = '';
  const walk = (one: JsonValue, path: JsonPath): void => {
    if (typeof one === 'string' || typeof one === 'number') {
      const isText = typeof one === 'string';
      scalars.push({ path, before, written: JSON.stringify(one), isText, varies: false });
      before = '';
    } else if (Array.isArray(one)) {
      one.forEach((item: JsonValue, at) => {
        before += at === 0 ? '[' : ',';
        walk(item, [...path, at]);
      });
      before += one.length === 0 ? '[]' : ']';
    } else if (one === null || typeof one === 'boolean') before += String(one);
    else {
      const members = Object.entries(one);
      members.forEach(([name, member], at) => {
        before += `${at === 0 ? '{' : ','}${JSON.stringify(name)}:`;
        walk(member, [...path, name]);
      });
      before += members.length === 0 ? '{}' : '}';
    }
  };
  walk(value, []);
  return { scalars, after: before };
}

interface Place {
  readonly path: JsonPath;
  readonly number: number;
}

/** What varies in an object or array; freezes the rest. */
function branchOf(value: JsonValue, places: readonly Place[], depth = 0): Branch {
  const model = copyOf(value as Branch['model']);
  const varying = Object.entries(model).flatMap(([name, member]) => {
    const inside = places.filter(({ path }) => String(path[depth]) === name);
    const [first] = inside;
    if (first) {
      const key = Array.isArray(model) ? Number(name) : name;
      const isScalar = first.path.length === depth + 1;
      return { key, inner: isScalar ? first.number : branchOf(member, inside, depth + 1) };
    }
    deepFreeze(member);
    return [];
  });
  return { model, varying };
}

function copyOf(model: Branch['model']): Branch['model'] {
  return Array.isArray(model) ? [...model] : { ...model };
}

function fill(made: Branch['model'], { varying }: Branch, found: readonly JsonValue[]): JsonValue {
  const members = made as Record<string, unknown>;
  for (let n = 0; n < varying.length; n += 1) {
    const { key, inner } = varying[n] as Branch['varying'][number];
    members[key] =
      typeof inner === 'number' ? found[inner] : fill(copyOf(inner.model), inner, found);
  }
  return made as JsonValue;
}

/** One text that was learned, and in which places others differ from it. */
class Pattern {
  readonly #value: JsonValue;
  readonly #scalars: readonly Scalar[];
  readonly #after: string;
  #steps: readonly Step[] = [];
  #end = '';
  #root: Branch = { model: [], varying: [] };
  /** The outermost object or array, used again. */
  #made: Branch['model'] = [];
  /** What stood in the places that vary. */
  readonly #found: JsonValue[] = [];
  likeness: Likeness = { varying: [] };
  /** The pattern of the text that followed one of this pattern last time; tried first. */
  next: Pattern | undefined;

  constructor(value: JsonValue) {
    this.#value = value;
    const { scalars, after } = scalarsOf(value);
    this.#scalars = scalars;
    this.#after = after;
    this.#plan();
  }

  /** Joins neighbouring texts that are only compared. */
  #plan(): void {
    const steps: Step[] = [];
    const places: Place[] = [];
    let run = '';
    for (const { path, before, written, isText, varies } of this.#scalars) {
      run += before;
      if (varies) {
        places.push({ path, number: steps.length });
        steps.push({ run: isText ? `${run}"` : run, isText });
        run = '';
      } else run += written;
    }
    this.#steps = steps;
    this.#end = run + this.#after;
    this.#root = branchOf(this.#value, places);
    this.#made = copyOf(this.#root.model);
    this.likeness = { varying: places.map(({ path }) => path) };
  }

  /** Undefined for a text that differs elsewhere too. */
  parse(text: string): JsonValue | undefined {
    const steps = this.#steps;
    let at = 0;
    for (let n = 0; n < steps.length; n += 1) {
      const { run, isText } = steps[n] as Step;
      const from = at + run.length;
      if (text.slice(at, from) !== run) return undefined;
      at = isText ? this.#text(text, from, n) : this.#number(text, from, n);
      if (at < 0) return undefined;
    }
    if (text.slice(at) !== this.#end) return undefined;
    return fill(this.#made, this.#root, this.#found);
  }

  #text(text: string, from: number, n: number): number {
    const end = textEnd(text, from);
    if (end < 0) return -1;
    this.#found[n] = text.slice(from, end);
    return end + 1;
  }

  #number(text: string, from: number, n: number): number {
    const whole = wholeEnd(text, from);
    const digits = whole - from;
    const isPlain = digits === 1 || (digits > 0 && text.charCodeAt(from) !== ZERO);
    const after = text.charCodeAt(whole);
    const isWhole = after !== POINT && (after | SMALL) !== EXPONENT;
    if (isPlain && isWhole && digits <= EXACT_DIGITS) {
      this.#found[n] = wholeOf(text, from, whole);
      return whole;
    }
    const end = numberEnd(text, from);
    if (end >= 0) this.#found[n] = Number(text.slice(from, end));
    return end;
  }

  /** Learns where a text differs from the others; false if it has another pattern. */
  widen(text: string): boolean {
    const changed: Scalar[] = [];
    let at = 0;
    for (const scalar of this.#scalars) {
      const { before, written, isText, varies } = scalar;
      const from = at + before.length;
      if (text.slice(at, from) !== before) return false;
      if (isText && !varies && text.slice(from, from + written.length) === written) {
        at = from + written.length;
        continue;
      }
      at = isText ? this.#quotedEnd(text, from) : numberEnd(text, from);
      if (at < 0) return false;
      if (!varies && text.slice(from, at) !== written) changed.push(scalar);
    }
    if (text.slice(at) !== this.#after) return false;
    for (const scalar of changed) scalar.varies = true;
    if (changed.length > 0) this.#plan();
    return changed.length > 0;
  }

  #quotedEnd(text: string, from: number): number {
    const end = text.charCodeAt(from) === QUOTE ? textEnd(text, from + 1) : -1;
    return end < 0 ? -1 : end + 1;
  }
}

/** Patterns that are remembered: of all texts, and of those with one signature. */
const MOST = 256;
const MOST_ALIKE = 24;
/** Longer texts seldom resemble each other. */
const LONGEST = 16_384;
/** Once all places are taken, one in so many texts without a pattern is learned. */
const SELDOM = 64;
/** Texts without a pattern, in excess of those with one, after which no more are tried; and for how many. */
const PATIENCE = 256;
const REST = 4096;

/** Whether the text says everything about the value: no member is there twice, or has another place. */
function isRegular(text: string, value: JsonValue): boolean {
  const isMade = typeof value === 'object' && value !== null;
  return isMade && !text.includes('"__proto__"') && JSON.stringify(value) === text;
}

/** Tells apart texts that have no pattern in common. */
export type SignatureOf = (text: string) => string;

class Parser implements AlikeParser {
  readonly #signatureOf: SignatureOf;
  readonly #known = new Map<string, Pattern[]>();
  #count = 0;
  #last: Pattern | undefined;
  #missed = 0;
  #credit = PATIENCE;
  #rest = 0;
  likeness: Likeness | undefined;

  constructor(signatureOf: SignatureOf) {
    this.#signatureOf = signatureOf;
  }

  parse(text: string): JsonValue {
    this.likeness = undefined;
    if (this.#rest > 0 || text.length > LONGEST) {
      this.#rest = Math.max(0, this.#rest - 1);
      return JSON.parse(text);
    }
    const next = this.#last?.next;
    const expected = next?.parse(text);
    return next && expected !== undefined ? this.#is(next, expected) : this.#search(text);
  }

  #is(pattern: Pattern, value: JsonValue): JsonValue {
    this.likeness = pattern.likeness;
    this.#credit = Math.min(PATIENCE, this.#credit + 1);
    this.#follow(pattern);
    return value;
  }

  #follow(pattern: Pattern): void {
    if (this.#last) this.#last.next = pattern;
    this.#last = pattern;
  }

  #search(text: string): JsonValue {
    const signature = this.#signatureOf(text);
    const patterns = this.#known.get(signature) ?? [];
    for (const pattern of patterns) {
      const value = pattern.parse(text);
      if (value !== undefined) return this.#is(pattern, value);
    }
    for (const pattern of patterns) {
      const value = pattern.widen(text) ? pattern.parse(text) : undefined;
      if (value !== undefined) return this.#is(pattern, value);
    }
    return this.#anew(text, signature, patterns);
  }

  #anew(text: string, signature: string, patterns: Pattern[]): JsonValue {
    const value = JSON.parse(text) as JsonValue;
    this.#missed += 1;
    this.#credit -= 1;
    if (this.#credit === 0) [this.#credit, this.#rest] = [PATIENCE, REST];
    const isFull = patterns.length === MOST_ALIKE || this.#count === MOST;
    if ((isFull && this.#missed % SELDOM !== 0) || !isRegular(text, value)) return value;
    if (this.#count === MOST) this.#forget();
    if (patterns.length === MOST_ALIKE) patterns.shift();
    else this.#count += 1;
    // The pattern freezes what it shares: it has a copy of its own.
    const pattern = new Pattern(JSON.parse(text));
    patterns.push(pattern);
    this.#known.set(signature, patterns);
    this.#follow(pattern);
    return value;
  }

  #forget(): void {
    this.#known.clear();
    this.#count = 0;
  }
}

/**
 * Creates a parser for texts of one origin, such as records of one type.
 *
 * @param signatureOf Part of a text in which no others are to differ from it; the empty text when absent.
 */
export function createAlikeParser(signatureOf: SignatureOf = () => ''): AlikeParser {
  return new Parser(signatureOf);
}
