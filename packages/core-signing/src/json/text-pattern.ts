import { deepFreeze } from './freeze.js';
import type { JsonValue } from './types.js';

/** Names of members and numbers of items, from the outside in. */
export type JsonPath = readonly (string | number)[];

/** What texts have in common that differ in some of their strings and numbers only. */
export interface Likeness {
  /** Where they differ. */
  readonly varying: readonly JsonPath[];
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
export class TextPattern {
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
  next: TextPattern | undefined;

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
