/** Expected bytes. They are compared four at a time, because single bytes take five times as long. */
export class Run {
  readonly #words: Int32Array;
  readonly #rest: Uint8Array;
  readonly #length: number;

  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#words = new Int32Array(bytes.length >> 2).map((_, at) => view.getInt32(at * 4));
    this.#rest = bytes.slice(this.#words.length * 4);
    this.#length = bytes.length;
  }

  /** The position after the run; -1 if other bytes are there. */
  end(view: DataView, from: number): number {
    const end = from + this.#length;
    if (end > view.byteLength) return -1;
    const words = this.#words;
    let at = from;
    for (let n = 0; n < words.length; n += 1, at += 4) {
      if (view.getInt32(at) !== words[n]) return -1;
    }
    const rest = this.#rest;
    for (let n = 0; n < rest.length; n += 1, at += 1) {
      if (view.getUint8(at) !== rest[n]) return -1;
    }
    return end;
  }
}
