import { fromUtf8 } from '@spanforge/core-signing';
import { isPlain, past, QUOTE } from './json-bytes.js';
import { Run } from './run.js';
import type { Reading, ReadValue } from './shape.js';

/** A text of ASCII without escapes, and its bytes in a record. */
interface Known {
  readonly text: string;
  /** Includes the closing quote. */
  readonly bytes: Uint8Array;
  /** Whether it has no control character. */
  readonly isPrintable: boolean;
  /** Made when it is first compared: many a name is read once. */
  run: Run | undefined;
}

/** Gives the text that begins at `from`, behind an opening quote; undefined where no plain text is. */
export type Texts = (bytes: Uint8Array, from: number) => Known | undefined;

/** Slots of the cache of texts; each holds one text. */
const PLACES = 256;
/** Longer texts are not cached, because they seldom repeat. */
const MAX_KEPT = 64;

function makeKnown(bytes: Uint8Array, from: number, end: number): Known {
  const own = bytes.slice(from, end);
  const text = fromUtf8(own.subarray(0, -1));
  return { text, bytes: own, isPrintable: !text.includes(DELETE), run: undefined };
}

/** Creates a decoder that caches recent texts, so that the same bytes are not decoded again. */
export function createTexts(): Texts {
  const known: (Known | undefined)[] = new Array(PLACES).fill(undefined);
  return (bytes, from) => {
    let sum = 0;
    let to = from;
    for (let byte = bytes[to]; byte !== undefined && isPlain(byte); byte = bytes[to]) {
      sum = (Math.imul(sum, 31) + byte) | 0;
      to += 1;
    }
    if (bytes[to] !== QUOTE) return undefined;
    if (to - from > MAX_KEPT) return makeKnown(bytes, from, to + 1);
    const place = (sum ^ (sum >>> 8) ^ (sum >>> 16)) & (PLACES - 1);
    const there = known[place];
    if (there && past(bytes, from, there.bytes) === to + 1) return there;
    const made = makeKnown(bytes, from, to + 1);
    known[place] = made;
    return made;
  };
}

/** A byte that no name begins with. */
const NOTHING = Uint8Array.of(0);
/** The only control character that a plain text may have. */
const DELETE = '\x7f';

/** A name in a record. Neighbouring records often have the same name, which then is only compared. */
export class Name implements Reading {
  #known: Known = { text: '', bytes: NOTHING, isPrintable: true, run: undefined };

  constructor(
    private readonly texts: Texts,
    private readonly most: number,
    private readonly isPrintable = false,
  ) {}

  get text(): string {
    return this.#known.text;
  }

  /** As {@link end}, for a record in a page: compares the previous name eight bytes at a time. */
  readonly read: ReadValue = (page, from) => {
    const known = this.#known;
    known.run ??= new Run(known.bytes);
    const same = known.run.end(page.view, from);
    return same < 0 ? this.#newEnd(page.bytes, from) : same;
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
    return same < 0 && from >= 0 ? this.#newEnd(bytes, from) : same;
  }

  #newEnd(bytes: Uint8Array, from: number): number {
    const known = this.texts(bytes, from);
    const { length } = known?.text ?? '';
    if (!known || length < 1 || length > this.most) return -1;
    if (this.isPrintable && !known.isPrintable) return -1;
    this.#known = known;
    return from + known.bytes.length;
  }
}
