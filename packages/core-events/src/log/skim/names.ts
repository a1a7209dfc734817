import { fromUtf8 } from '@spanforge/core-signing';
import { past, plainEnd } from './json-bytes.js';
import { Run } from './run.js';
import type { Reading, ReadValue } from './shape.js';

/** A text, and its bytes in a record. */
interface Known {
  readonly text: string;
  /** Includes the closing quote. */
  readonly bytes: Uint8Array;
  /** Made when it is first compared: many a name is read once. */
  run: Run | undefined;
}

/** Gives the text between `from` and the quote at `to`. */
export type Texts = (bytes: Uint8Array, from: number, to: number) => Known;

/** Slots of the cache of texts; each holds one text. */
const PLACES = 256;
/** Longer texts are not cached, because they seldom repeat. */
const MAX_KEPT = 64;

function makeKnown(bytes: Uint8Array, from: number, to: number): Known {
  const own = bytes.slice(from, to + 1);
  return { text: fromUtf8(own.subarray(0, to - from)), bytes: own, run: undefined };
}

/** Creates a decoder that caches recent texts, so that the same bytes are not decoded again. */
export function createTexts(): Texts {
  const known: (Known | undefined)[] = new Array(PLACES).fill(undefined);
  return (bytes, from, to) => {
    if (to - from > MAX_KEPT) return makeKnown(bytes, from, to);
    let sum = 0;
    for (let at = from; at < to; at += 1) sum = (Math.imul(sum, 31) + (bytes[at] as number)) | 0;
    const place = (sum ^ (sum >>> 8) ^ (sum >>> 16)) & (PLACES - 1);
    const there = known[place];
    if (there && past(bytes, from, there.bytes) === to + 1) return there;
    const made = makeKnown(bytes, from, to);
    known[place] = made;
    return made;
  };
}

/** A byte that no name begins with. */
const NOTHING = Uint8Array.of(0);

/** A name in a record. Neighbouring records often have the same name, which then is only compared. */
export class Name implements Reading {
  #known: Known = { text: '', bytes: NOTHING, run: undefined };

  constructor(
    private readonly texts: Texts,
    private readonly most: number,
    private readonly isFit: (bytes: Uint8Array, from: number, to: number) => boolean = () => true,
  ) {}

  get text(): string {
    return this.#known.text;
  }

  /** As {@link end}, for a record in a page: compares the previous name four bytes at a time. */
  readonly read: ReadValue = (page, from) => {
    const known = this.#known;
    known.run ??= new Run(known.bytes);
    const same = known.run.end(page.view, from);
    return same < 0 ? this.end(page.bytes, from) : same;
  };

  readonly keep = (): (() => void) => {
    const known = this.#known;
    return () => {
      this.#known = known;
    };
  };

  /** Skips the name; starts after its opening quote and returns the position after the closing one. -1 gives -1. */
  end(bytes: Uint8Array, from: number): number {
    const same = past(bytes, from, this.#known.bytes);
    if (same >= 0) return same;
    const end = from < 0 ? -1 : plainEnd(bytes, from);
    const length = end - 1 - from;
    if (length < 1 || length > this.most || !this.isFit(bytes, from, end - 1)) return -1;
    this.#known = this.texts(bytes, from, end - 1);
    return end;
  }
}
