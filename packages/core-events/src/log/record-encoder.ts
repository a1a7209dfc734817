const SLAB_BYTES = 262_144;

/** Encodes the text of a record; see {@link createRecordEncoder}. */
export type RecordEncoder = (text: string) => Uint8Array;

/** Digits of the largest number a record can have, and the two braces behind it. */
export const STAMP_BYTES = 18;
const BRACE = 125;

/** Bytes an UTF-16 unit takes in UTF-8, at most. */
const MOST_BYTES = 3;

/**
 * Encodes record texts as UTF-8 after a zero byte. The leaf hash covers all of it; the bytes after the
 * zero are stored. After each text there is room for {@link stampNumber}.
 *
 * Many records share one buffer, which is never reused: allocating one for each would cost more than
 * the encoding.
 */
export function createRecordEncoder(): RecordEncoder {
  const encoder = new TextEncoder();
  let slab = new Uint8Array(0);
  let used = 0;
  const renew = (bytes: number): void => {
    slab = new Uint8Array(Math.max(SLAB_BYTES, bytes));
    used = 0;
  };
  return (text) => {
    if (used + text.length + 1 + STAMP_BYTES > slab.length) renew(text.length + 1 + STAMP_BYTES);
    let into = slab.subarray(used + 1, slab.length - STAMP_BYTES);
    let { read, written } = encoder.encodeInto(text, into);
    if (read < text.length) {
      // Beyond ASCII a text can need more bytes than it has characters, more than the slab has left.
      renew(text.length * MOST_BYTES + 1 + STAMP_BYTES);
      into = slab.subarray(1, slab.length - STAMP_BYTES);
      ({ read, written } = encoder.encodeInto(text, into));
    }
    // A text that did not fit may have left bytes here.
    slab[used] = 0;
    const start = used;
    used += 1 + written + STAMP_BYTES;
    return slab.subarray(start, start + 1 + written);
  };
}

/** Completes an encoded text with a number and two braces; call it once for each text. */
export function stampNumber(encoded: Uint8Array, n: number): Uint8Array {
  const digits = String(n);
  const stamped = new Uint8Array(
    encoded.buffer,
    encoded.byteOffset,
    encoded.length + digits.length + 2,
  );
  let at = encoded.length;
  for (let digit = 0; digit < digits.length; digit += 1, at += 1) {
    stamped[at] = digits.charCodeAt(digit);
  }
  stamped[at] = BRACE;
  stamped[at + 1] = BRACE;
  return stamped;
}
