import { type Lanes, lanesOfProcess, type Pattern, START } from './lanes.js';
import { BLOCK, HASH, LANES } from './lanes-code.js';
import type { MacMany } from './platform.js';

/** The pattern of messages that are a text and a piece, behind `done` bytes that led to the state `start`. */
function patternOf(before: Uint8Array, size: 32 | 64, start = START, done = 0): Pattern {
  const length = before.length + size;
  const text = new Uint8Array(Math.ceil((length + 9) / BLOCK) * BLOCK);
  text.set(before);
  text[length] = 0x80;
  new DataView(text.buffer).setInt32(text.length - 4, (done + length) * 8);
  return { start, text, at: before.length, size };
}

/** The state behind a padded key. */
function padded({ room, hash }: Lanes, key: Uint8Array, pad: number): readonly number[] {
  for (let at = 0; at < BLOCK; at += 1) room[at] = (key[at] ?? 0) ^ pad;
  hash({ start: START, text: new Uint8Array(BLOCK), at: 0, size: BLOCK }, 1);
  const view = new DataView(room.buffer, room.byteOffset);
  return Array.from({ length: 8 }, (_, n) => view.getInt32(n * 4));
}

const NOTHING = new Uint8Array(0);

/**
 * HMACs of hashes with the same text before each, by four at a time; undefined where the runtime has to do it. Text
 * and hash have to fit a block.
 *
 * @param key At most a block long.
 */
export function createMacMany(key: Uint8Array): MacMany {
  let states: readonly [inner: readonly number[], outer: readonly number[]] | undefined;
  return (before, hashes) => {
    const fits = before.length + HASH < BLOCK - 8 && hashes.length >= LANES * HASH;
    const lanes = fits ? lanesOfProcess() : undefined;
    if (!lanes) return undefined;
    states ??= [padded(lanes, key, 0x36), padded(lanes, key, 0x5c)];
    const inner = patternOf(before, HASH, states[0], BLOCK);
    const outer = patternOf(NOTHING, HASH, states[1], BLOCK);
    const { room } = lanes;
    const macs = new Uint8Array(hashes.length);
    for (let at = 0; at < hashes.length; at += room.length) {
      const some = hashes.subarray(at, at + room.length);
      room.set(some);
      for (const pattern of [inner, outer]) lanes.hash(pattern, some.length / HASH);
      macs.set(room.subarray(0, some.length), at);
    }
    return macs;
  };
}

let pair: Pattern | undefined;

/** The root over 2, 4, 8 or more leaf hashes; undefined where the runtime has to do it. */
export function subtreeRoot(leaves: Uint8Array): Uint8Array | undefined {
  const lanes = lanesOfProcess();
  if (!lanes || leaves.length > lanes.room.length) return undefined;
  pair ??= patternOf(Uint8Array.of(1), 64);
  lanes.room.set(leaves);
  for (let count = leaves.length / HASH / 2; count >= 1; count /= 2) lanes.hash(pair, count);
  return lanes.room.slice(0, HASH);
}
