const STEP = 8;

/**
 * Expected bytes. They are compared eight at a time, because single bytes take ten times as long: as floating-point
 * numbers, which JavaScript has in that size. Two of these are equal only if their bits are, except for zeros and for
 * those that are no number, which are never equal. Neither is in a text.
 */
export class Run {
  readonly #bytes: Uint8Array;
  readonly #eights: Float64Array;

  /** @param bytes Must not change. */
  constructor(bytes: Uint8Array) {
    const { buffer, byteOffset, length } = bytes;
    const view = new DataView(buffer, byteOffset, length);
    const eights = new Float64Array(Math.floor(length / STEP));
    // A zero of one sign equals that of the other: what is no number equals nothing.
    for (let n = 0; n < eights.length; n += 1) {
      eights[n] = view.getFloat64(n * STEP, true) || Number.NaN;
    }
    this.#bytes = bytes;
    this.#eights = eights;
  }

  /** The position after the run; -1 if other bytes are there, or if only reading them can tell. */
  end(view: DataView, from: number): number {
    const bytes = this.#bytes;
    if (from + bytes.length > view.byteLength) return -1;
    const eights = this.#eights;
    let at = from;
    for (let n = 0; n < eights.length; n += 1, at += STEP) {
      if (view.getFloat64(at, true) !== eights[n]) return -1;
    }
    for (let n = eights.length * STEP; n < bytes.length; n += 1, at += 1) {
      if (view.getUint8(at) !== bytes[n]) return -1;
    }
    return at;
  }
}
