import type { StoreBlock } from './store.js';

/** Digits of the largest number a record can have, and the two braces behind it. */
export const STAMP_BYTES = 18;
const BRACE = 125;
const ZERO = 48;

/** Bytes an UTF-16 unit takes in UTF-8, at most. */
export const MOST_BYTES = 3;

/** The records of one batch as bytes, with their numbers. */
export type EncodedBlock = Pick<StoreBlock, 'bytes' | 'ends'>;

/** Writes a number and two braces; returns where they end. */
function writeStamp(bytes: Uint8Array, at: number, n: number): number {
  let digits = 1;
  for (let rest = n; rest >= 10; rest = Math.floor(rest / 10)) digits += 1;
  const end = at + digits;
  for (let place = end - 1, rest = n; place >= at; place -= 1) {
    const higher = Math.floor(rest / 10);
    bytes[place] = ZERO + (rest - higher * 10);
    rest = higher;
  }
  bytes[end] = BRACE;
  bytes[end + 1] = BRACE;
  return end + 2;
}

/** A record's text up to its number. */
export interface RecordText {
  text: string;
}

/** Encodes the records of one batch; see {@link createBlockEncoder}. */
export type BlockEncoder = (records: readonly RecordText[], first: number) => EncodedBlock;

/**
 * Creates what encodes the texts of records as UTF-8, each followed by its number and two braces. The first record
 * gets the number `first`, the others follow it. A text is taken out of its record: from then on the bytes are kept.
 */
export function createBlockEncoder(): BlockEncoder {
  const encoder = new TextEncoder();
  return (records, first) => {
    const ends = new Uint32Array(records.length);
    /** What is needed after the present place, if all of it is ASCII. */
    let rest = records.length * STAMP_BYTES;
    for (const { text } of records) rest += text.length;
    let bytes = new Uint8Array(1 + rest);
    let used = 1;
    for (let at = 0; at < records.length; at += 1) {
      const record = records[at] as RecordText;
      const { text } = record;
      rest -= text.length;
      let { read, written } = encoder.encodeInto(text, bytes.subarray(used, bytes.length - rest));
      if (read < text.length) {
        // Beyond ASCII a text can need more bytes than it has characters.
        const larger = new Uint8Array(bytes.length + text.length * (MOST_BYTES - 1));
        larger.set(bytes.subarray(0, used));
        bytes = larger;
        ({ read, written } = encoder.encodeInto(text, bytes.subarray(used, bytes.length - rest)));
      }
      used = writeStamp(bytes, used + written, first + at);
      ends[at] = used;
      rest -= STAMP_BYTES;
      record.text = '';
    }
    return { bytes: bytes.subarray(0, used), ends };
  };
}
