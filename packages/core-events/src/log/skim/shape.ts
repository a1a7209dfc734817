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

/** How to read a value; or that it is part of the shape. */
export type Reading = ReadValue | 'as it is';

/** Says how to read the value at a path; `undefined` for one that nobody asks for. */
export type ReadingOf = (path: string, isText: boolean) => Reading | undefined;

interface Step {
  /** What stands between the value before and this one. */
  readonly before: Run;
  readonly read: ReadValue;
}

const readNumber: ReadValue = ({ bytes }, at) => numberEnd(bytes, at);

/** A text of which nobody asks what it is: often the same as in the record that was learned. */
function readText(known: Run): ReadValue {
  return (page, at) => {
    const end = known.end(page.view, at);
    return end < 0 ? stringEnd(page.bytes, at) : end;
  };
}

/**
 * What records of one kind have in common: everything but their texts and numbers. A record that
 * differs from one that was read in nothing but these is as good as that one where each of them is.
 */
export class Shape {
  readonly #steps: readonly Step[];
  readonly #after: Run;
  /** The shape of the record that came next the last time. */
  next: Shape | undefined;

  /** Learns the shape of a record that was read, and is good. */
  constructor(bytes: Uint8Array, readingOf: ReadingOf) {
    const steps: Step[] = [];
    let behind = 0;
    eachValue(bytes, (path, from, end) => {
      const isText = bytes[from - 1] === QUOTE;
      const plain = isText ? readText(new Run(bytes.subarray(from, end))) : readNumber;
      const read = readingOf(path, isText) ?? plain;
      if (read === 'as it is') return;
      steps.push({ before: new Run(bytes.subarray(behind, from)), read });
      behind = end;
    });
    this.#steps = steps;
    this.#after = new Run(bytes.subarray(behind));
  }

  /** Reads a record that may have this shape; false where it has another, or is not good. */
  read(page: Page, from: number, end: number): boolean {
    const steps = this.#steps;
    let at = from;
    for (let n = 0; n < steps.length; n += 1) {
      const { before, read } = steps[n] as Step;
      at = before.end(page.view, at);
      if (at >= 0) at = read(page, at);
      if (at < 0) return false;
    }
    return this.#after.end(page.view, at) === end;
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
