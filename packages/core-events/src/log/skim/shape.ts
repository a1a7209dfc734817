import { eachValue, numberEnd, QUOTE, stringEnd } from './json-bytes.js';
import { Run } from './run.js';

/** The memory that records stand in: mostly a stored row with hundreds of them. */
export interface Page {
  readonly buffer: ArrayBufferLike;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Over a value, from behind its opening quote where it is a string to behind the closing one; -1 for another kind. */
export type ReadValue = (page: Page, at: number) => number;

/** How to read a value that somebody asks for. */
export interface Reading {
  readonly read: ReadValue;
  /**
   * Gives what says again what the value just read said: while it is the same it is not read. Absent for
   * one that has to be read in every record.
   */
  readonly keep?: () => (() => void) | undefined;
}

/**
 * Says how to read the value at a path: `fixed` for one that is part of the shape, `undefined` for one that
 * nobody asks for.
 */
export type ReadingOf = (path: string, isText: boolean) => Reading | 'fixed' | undefined;

/** A value of the record that a shape was learned from. */
interface Value {
  readonly from: number;
  readonly end: number;
  /** What stands between the value before and this one. */
  readonly before: Run;
  readonly same: Run;
  readonly read: ReadValue;
  readonly restore: (() => void) | undefined;
  /** Whether it was the same in every record so far. */
  isSame: boolean;
}

/** A value that is read, and everything that stands before it since the last that is. */
interface Step {
  readonly before: Run;
  readonly read: ReadValue;
}

const NUMBER: Reading = { read: ({ bytes }, at) => numberEnd(bytes, at), keep: () => undefined };
const TEXT: Reading = { read: ({ bytes }, at) => stringEnd(bytes, at), keep: () => undefined };

/**
 * What records of one kind have in common: everything but their texts and numbers. A record that
 * differs from one that was read in nothing but these is as good as that one where each of them is.
 * Of texts and numbers too, those that were the same in all records are compared, not read.
 */
export class Shape {
  readonly #bytes: Uint8Array;
  readonly #values: readonly Value[];
  #steps: readonly Step[] = [];
  #after: Run;
  #restores: readonly (() => void)[] = [];
  /** The shape of the record that came next the last time. */
  next: Shape | undefined;

  /** Learns the shape of the record that was read last, and is good. */
  constructor(record: Uint8Array, readingOf: ReadingOf) {
    const bytes = record.slice();
    const values: Value[] = [];
    let behind = 0;
    eachValue(bytes, (path, from, end) => {
      const isText = bytes[from - 1] === QUOTE;
      const reading = readingOf(path, isText) ?? (isText ? TEXT : NUMBER);
      if (reading === 'fixed') return;
      const { read, keep } = reading;
      const [before, same] = [this.#run(bytes, behind, from), this.#run(bytes, from, end)];
      values.push({ from, end, before, same, read, restore: keep?.(), isSame: keep !== undefined });
      behind = end;
    });
    this.#bytes = bytes;
    this.#values = values;
    this.#after = this.#run(bytes, behind, bytes.length);
    this.#plan();
  }

  #run(bytes: Uint8Array, from: number, end: number): Run {
    return new Run(bytes.subarray(from, end));
  }

  /** Joins what is compared between the values that are read. */
  #plan(): void {
    const steps: Step[] = [];
    let behind = 0;
    for (const { from, end, read, isSame } of this.#values) {
      if (isSame) continue;
      steps.push({ before: this.#run(this.#bytes, behind, from), read });
      behind = end;
    }
    this.#steps = steps;
    this.#after = this.#run(this.#bytes, behind, this.#bytes.length);
    this.#restores = this.#values.flatMap(({ isSame, restore }) =>
      isSame && restore ? [restore] : [],
    );
  }

  /** Reads a record in which the same values are the same as in all before; false for any other. */
  read(page: Page, from: number, end: number): boolean {
    const steps = this.#steps;
    let at = from;
    for (let n = 0; n < steps.length; n += 1) {
      const { before, read } = steps[n] as Step;
      at = before.end(page.view, at);
      if (at >= 0) at = read(page, at);
      if (at < 0) return false;
    }
    if (this.#after.end(page.view, at) !== end) return false;
    this.#restore();
    return true;
  }

  /** Reads a record in which other values differ than in those before; false where it has another shape, or is not good. */
  readAnew(page: Page, from: number, end: number): boolean {
    const changed: Value[] = [];
    let [at, behind] = [from, 0];
    for (const value of this.#values) {
      at = value.before.end(page.view, at);
      const same = at >= 0 && value.isSame ? value.same.end(page.view, at) : -1;
      if (at >= 0 && same < 0) {
        at = value.read(page, at);
        if (value.isSame) changed.push(value);
      } else at = same;
      if (at < 0) return false;
      behind = value.end;
    }
    const after = this.#run(this.#bytes, behind, this.#bytes.length);
    if (after.end(page.view, at) !== end) return false;
    for (const value of changed) value.isSame = false;
    if (changed.length > 0) this.#plan();
    this.#restore();
    return true;
  }

  #restore(): void {
    const restores = this.#restores;
    for (let n = 0; n < restores.length; n += 1) restores[n]?.();
  }
}

/** A log has few kinds of records; one that has many is read without shapes. */
const MOST = 24;
/** How many records without a known shape are read before the next is learned, when there are so many. */
const PATIENCE = 64;

/** The shapes that were met lately. */
export class Shapes {
  readonly #known: Shape[] = [];
  #last: Shape | undefined;
  #missed = 0;

  /** Tries the shapes that a record may have; `read` says whether it has one. */
  find(read: (shape: Shape) => boolean): boolean {
    const next = this.#last?.next;
    if (next && read(next)) {
      this.#last = next;
      return true;
    }
    for (const shape of this.#known) {
      if (shape === next || !read(shape)) continue;
      this.#follow(shape);
      return true;
    }
    return false;
  }

  /** Learns one that was not found. */
  learn(make: () => Shape): void {
    this.#missed += 1;
    const isFull = this.#known.length === MOST;
    if (isFull && this.#missed % PATIENCE !== 0) return;
    if (isFull) this.#known.shift();
    const shape = make();
    this.#known.push(shape);
    this.#follow(shape);
  }

  #follow(shape: Shape): void {
    if (this.#last) this.#last.next = shape;
    this.#last = shape;
  }
}
