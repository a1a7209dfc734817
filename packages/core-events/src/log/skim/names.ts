import { fromUtf8 } from '@spanforge/core-signing';
import { isPlain, QUOTE, textEnd } from './json-bytes.js';
import { Run } from './run.js';
import type { Reading, ReadValue } from './shape.js';

/** A text of ASCII without escapes. */
interface Known {
  readonly text: string;
  /** Whether it has no control character. */
  readonly isPrintable: boolean;
  /** How often it was compared as text. */
  compared: number;
  /** Its bytes, with the closing quote; made when it was compared often, which many a name never is. */
  run: Run | undefined;
}

/** Gives the text that begins at `from`, behind an opening quote; undefined where no plain text is. */
export type Texts = (bytes: Uint8Array, from: number) => Known | undefined;

/** Slots of the cache of texts; each holds one text. */
const PLACES = 256;
/** Longer texts are not cached, because they seldom repeat. */
const MAX_KEPT = 64;

/** A text that was compared this often is worth a {@link Run}. */
const OFTEN = 16;

function makeKnown(bytes: Uint8Array, from: number, to: number): Known {
  const text = fromUtf8(bytes.subarray(from, to));
  return { text, isPrintable: !text.includes(DELETE), compared: 0, run: undefined };
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
    if (to - from > MAX_KEPT) return makeKnown(bytes, from, to);
    const place = (sum ^ (sum >>> 8) ^ (sum >>> 16)) & (PLACES - 1);
    const there = known[place];
    if (there && textEnd(bytes, from, there.text) === to + 1) return there;
    const made = makeKnown(bytes, from, to);
    known[place] = made;
    return made;
  };
}

/** The only control character that a plain text may have. */
const DELETE = '\x7f';
/** A text that no name has. */
const NOTHING = '\0';

/** A name in a record. Neighbouring records often have the same name, which then is only compared. */
export class Name implements Reading {
  #known: Known = { text: NOTHING, isPrintable: true, compared: 0, run: undefined };

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
    const same = known.run ? known.run.end(page.view, from) : this.#textEnd(page.bytes, from);
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
    const same = textEnd(bytes, from, this.#known.text);
    return same < 0 && from >= 0 ? this.#newEnd(bytes, from) : same;
  }

  #textEnd(bytes: Uint8Array, from: number): number {
    const known = this.#known;
    const end = textEnd(bytes, from, known.text);
    if (end >= 0) known.compared += 1;
    if (known.compared === OFTEN) known.run = new Run(bytes.slice(from, end));
    return end;
  }

  #newEnd(bytes: Uint8Array, from: number): number {
    const known = this.texts(bytes, from);
    const { length } = known?.text ?? '';
    if (!known || length < 1 || length > this.most) return -1;
    if (this.isPrintable && !known.isPrintable) return -1;
    this.#known = known;
    return from + length + 1;
  }
}
