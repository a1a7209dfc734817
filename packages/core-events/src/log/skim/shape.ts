import { eachValue, numberEnd, QUOTE, stringEnd } from './json-bytes.js';
import { Run } from './run.js';

/** The memory that contains records; usually a stored row with hundreds of them. */
export interface Page {
  readonly buffer: ArrayBufferLike;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Skips a value and notes what it says. A string starts after its opening quote. -1 for a value of another kind. */
export type ReadValue = (page: Page, at: number) => number;

/** How to read a value that is needed. */
export interface Reading {
  readonly read: ReadValue;
  /**
   * Returns a function that restores the value just read, for records in which it is the same and
   * need not be read. Absent for a value that must be read in every record.
   */
  readonly keep?: () => (() => void) | undefined;
}

/**
 * How to read the value at a path: `fixed` for a value that is part of the shape, `undefined` for one
 * that is not needed.
 */
export type ReadingOf = (path: string, isText: boolean) => Reading | 'fixed' | undefined;

/** A value of the record from which a shape was learned. */
interface Value {
  readonly from: number;
  readonly end: number;
  /** The bytes between the previous value and this one. */
  readonly before: Run;
  readonly same: Run;
  readonly read: ReadValue;
  readonly restore: (() => void) | undefined;
  /** True while it was the same in every record. */
  isSame: boolean;
}

/** A value to read, and the bytes between it and the previous value to read. */
interface Step {
  readonly before: Run;
  readonly read: ReadValue;
}

const NUMBER: Reading = { read: ({ bytes }, at) => numberEnd(bytes, at), keep: () => undefined };
const TEXT: Reading = { read: ({ bytes }, at) => stringEnd(bytes, at), keep: () => undefined };

/**
 * What records of one kind have in common: all bytes except their texts and numbers. If a record differs
 * from a valid one only in texts and numbers, and each of these is valid, the record is valid too. Texts
 * and numbers that were the same in all records so far are compared instead of read.
 */
export class Shape {
  readonly #bytes: Uint8Array;
  readonly #values: readonly Value[];
  #steps: readonly Step[] = [];
  #after: Run;
  #restores: readonly (() => void)[] = [];
  /** The shape of the record that followed one of this shape last time; tried first. */
  next: Shape | undefined;

  /** Learns the shape of the record that was just read and is valid. */
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

  /** Joins neighbouring bytes that are only compared. */
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

  /** Reads a record whose unchanging values are still unchanged; false for any other record. */
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

  /** Reads a record in which further values have changed; false if it has another shape or is not valid. */
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

/** Shapes kept. A log has few kinds of records. */
const MOST = 24;
/** Once all places are taken, only one in this many unknown shapes is learned. */
const PATIENCE = 64;

/** The shapes of recent records. */
export class Shapes {
  readonly #known: Shape[] = [];
  #last: Shape | undefined;
  #missed = 0;

  /** Tries the known shapes until `read` says that the record has one. */
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

  /** Learns the shape of a record for which {@link find} found none. */
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
