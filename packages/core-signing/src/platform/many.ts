import { fillWord, LANES, type Lanes, lanesOfProcess, START, startWith } from './lanes.js';
import type { MacMany } from './platform.js';

const HASH = 32;
const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** Writes the hash of a lane. */
function writeHash({ state }: Lanes, lane: number, view: DataView, at: number): void {
  for (let n = 0; n < 8; n += 1) view.setInt32(at + n * 4, state[n * LANES + lane] as number);
}

/** Ends a message of so many bytes in a block whose words from `n` on are free. */
function finish(words: Int32Array, n: number, length: number): void {
  for (let at = n; at < 15; at += 1) fillWord(words, at, 0);
  fillWord(words, 15, length * 8);
}

const BLOCK = 64;

/**
 * HMACs of hashes with the same text before each, by four at a time; undefined where the runtime has to do it. Text
 * and hash have to fit a block.
 *
 * @param key At most a block long.
 */
export function createMacMany(key: Uint8Array): MacMany {
  let states: readonly [inner: Int32Array, outer: Int32Array] | undefined;

  /** The state behind the padded key. */
  function padded(lanes: Lanes, pad: number): Int32Array {
    const block = new Uint8Array(BLOCK).fill(pad);
    key.forEach((byte, at) => {
      block[at] = byte ^ pad;
    });
    const view = viewOf(block);
    startWith(lanes, START);
    for (let n = 0; n < 16; n += 1) fillWord(lanes.words[0], n, view.getInt32(n * 4));
    lanes.add(0);
    return Int32Array.from({ length: 8 }, (_, n) => lanes.state[n * LANES] as number);
  }

  return (before, hashes) => {
    const count = hashes.length / HASH;
    const length = before.length + HASH;
    const lanes = length < BLOCK - 8 && count >= LANES ? lanesOfProcess() : undefined;
    if (!lanes) return undefined;
    states ??= [padded(lanes, 0x36), padded(lanes, 0x5c)];
    const [inner, outer] = states;
    const { state } = lanes;
    const [words, last] = lanes.words;
    const message = new Uint8Array(BLOCK);
    const view = viewOf(message);
    message.set(before);
    message[length] = 0x80;
    view.setInt32(BLOCK - 4, (BLOCK + length) * 8);
    for (let n = 0; n < 16; n += 1) fillWord(words, n, view.getInt32(n * 4));
    fillWord(last, 8, 0x80_00_00_00 | 0);
    finish(last, 9, BLOCK + HASH);
    const given = viewOf(hashes);
    const macs = new Uint8Array(count * HASH);
    const out = viewOf(macs);
    // Words that hold nothing but bytes of the hash, and how many of its bytes stand before and behind them.
    const [begin, end] = [Math.ceil(before.length / 4), Math.floor(length / 4)];
    const [head, tail] = [begin * 4 - before.length, length % 4];
    for (let at = 0; at < count; at += LANES) {
      startWith(lanes, inner);
      for (let lane = 0; lane < LANES; lane += 1) {
        // Of a last group that is not full, the last hash is taken again.
        const from = Math.min(at + lane, count - 1) * HASH;
        for (let n = begin; n < end; n += 1) {
          words[n * LANES + lane] = given.getInt32(from + n * 4 - before.length);
        }
        for (let n = 0; n < head; n += 1)
          view.setUint8(before.length + n, given.getUint8(from + n));
        for (let n = HASH - tail; n < HASH; n += 1) {
          view.setUint8(before.length + n, given.getUint8(from + n));
        }
        if (head > 0) words[(begin - 1) * LANES + lane] = view.getInt32(begin * 4 - 4);
        words[end * LANES + lane] = view.getInt32(end * 4);
      }
      lanes.add(0);
      last.set(state);
      startWith(lanes, outer);
      lanes.add(1);
      for (let lane = 0; lane < LANES && at + lane < count; lane += 1) {
        writeHash(lanes, lane, out, (at + lane) * HASH);
      }
    }
    return macs;
  };
}
