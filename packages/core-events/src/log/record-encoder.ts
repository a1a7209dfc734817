import { utf8 } from '@spanforge/core-signing';

const SLAB_BYTES = 262_144;

/**
 * Encodes record texts as UTF-8 behind a zero byte: the leaf is hashed over all of it, and what is
 * stored is what follows the zero.
 *
 * Many records share one piece of memory, which is not used again: an allocation of its own for each
 * would cost more than the encoding.
 */
export function createRecordEncoder(): (text: string) => Uint8Array {
  const encoder = new TextEncoder();
  let slab = new Uint8Array(0);
  let used = 0;
  return (text) => {
    if (used + text.length + 1 > slab.length) {
      slab = new Uint8Array(Math.max(SLAB_BYTES, text.length + 1));
      used = 0;
    }
    const { read, written } = encoder.encodeInto(text, slab.subarray(used + 1));
    // Beyond ASCII a text can need more bytes than it has characters, and the slab may end before.
    if (read < text.length) return utf8(`\0${text}`);
    // A text that did not fit may have left something here.
    slab[used] = 0;
    const start = used;
    used += 1 + written;
    return slab.subarray(start, used);
  };
}
