import { fromUtf8 } from '@spanforge/core-signing';
import { past, plainEnd } from './json-bytes.js';
import { Run } from './run.js';
import type { ReadValue } from './shape.js';

/** Makes a text of bytes. */
export type TextOf = (bytes: Uint8Array, from: number, to: number) => string;

interface Known {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Texts that are kept by their bytes; a place holds one. */
const PLACES = 256;
/** Longer ones are seldom met again. */
const MAX_KEPT = 64;

/** Makes texts of bytes; bytes that it has just met give the text it made before. */
export function createTextOf(): TextOf {
  const known: (Known | undefined)[] = new Array(PLACES).fill(undefined);
  return (bytes, from, to) => {
    if (to - from > MAX_KEPT) return fromUtf8(bytes.subarray(from, to));
    let sum = 0;
    for (let at = from; at < to; at += 1) sum = (Math.imul(sum, 31) + (bytes[at] as number)) | 0;
    const place = (sum ^ (sum >>> 8) ^ (sum >>> 16)) & (PLACES - 1);
    const there = known[place];
    if (there?.bytes.length === to - from && past(bytes, from, there.bytes) === to) {
      return there.text;
    }
    const own = bytes.slice(from, to);
    const text = fromUtf8(own);
    known[place] = { bytes: own, text };
    return text;
  };
}

/** No name begins with it. */
const NOTHING = Uint8Array.of(0);

/** A name of a record: neighbours often have the same, which then is only compared. */
export class Name {
  text = '';
  /** With the quote behind it. */
  #bytes = NOTHING;
  #run = new Run(NOTHING);

  constructor(
    private readonly textOf: TextOf,
    private readonly most: number,
    private readonly isFit: (bytes: Uint8Array, from: number, to: number) => boolean = () => true,
  ) {}

  /** As {@link end}, for a record in a page: the name it had before is compared four bytes at a time. */
  readonly reader: ReadValue = (page, from) => {
    const known = this.#run.end(page.view, from);
    return known < 0 ? this.end(page.bytes, from) : known;
  };

  /** Over the name, from behind its opening quote to behind the closing one; -1 goes through. */
  end(bytes: Uint8Array, from: number): number {
    const known = past(bytes, from, this.#bytes);
    if (known >= 0) return known;
    const end = from < 0 ? -1 : plainEnd(bytes, from);
    const length = end - 1 - from;
    if (length < 1 || length > this.most || !this.isFit(bytes, from, end - 1)) return -1;
    this.#bytes = bytes.slice(from, end);
    this.#run = new Run(this.#bytes);
    this.text = this.textOf(bytes, from, end - 1);
    return end;
  }
}
