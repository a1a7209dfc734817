import { hash } from 'node:crypto';

/*
 * SHA-256 (FIPS 180-4) of four messages of the same length at a time, as the four lanes of WebAssembly's vectors.
 * For messages of one or two blocks a call of the runtime's hash costs three times as much as the hash. Only for
 * hashes that are compared: what is signed or stored is made by the runtime. At the first use a message is hashed both
 * ways; where vectors are missing or the results differ, everything is left to the runtime.
 */

/** What is used of WebAssembly; not every runtime has it. */
interface Vectors {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer };
      readonly block: (at: number) => void;
    };
  };
}

/** Messages hashed at a time. */
export const LANES = 4;

/** Blocks of four messages at a time. Word `n` of lane `l` is at `LANES * n + l`. */
export interface Lanes {
  /** The eight words of the state. */
  readonly state: Int32Array;
  /** Room for the sixteen words of a block; what is in one stays there while the other is filled. */
  readonly words: readonly [Int32Array, Int32Array];
  /** Adds the block in this room to the state. */
  add(room: 0 | 1): void;
}

const ROUNDS = 64;

/** The first bits of the fractions of roots of the first primes. */
function fractions(root: (prime: number) => number, count: number): readonly number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n += 1)
    if (primes.every((one) => n % one > 0)) primes.push(n);
  return primes.map((prime) => ((root(prime) % 1) * 2 ** 32) | 0);
}

/** The state before the first block. */
export const START: readonly number[] = /* @__PURE__ */ fractions(Math.sqrt, 8);

const unsigned = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...unsigned(n >>> 7)]);

const list = (items: readonly (readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];

const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...unsigned(content.length),
  ...content,
];

/** Instructions of WebAssembly, as far as they are used. */
const get = (local: number): number[] => [0x20, ...unsigned(local)];
const set = (local: number): number[] => [0x21, ...unsigned(local)];
const vector = (code: number): number[] => [0xfd, ...unsigned(code)];
const load = (offset: number): number[] => [...vector(0), 4, ...unsigned(offset)];
const ORIGIN = [0x41, 0];
const [XOR, SELECT, SHIFT_LEFT, SHIFT_RIGHT, ADD] = [81, 82, 171, 173, 174].map(vector) as [
  number[],
  number[],
  number[],
  number[],
  number[],
];
const OR = vector(80);
const STORE = vector(11);
const byBits = (bits: number): number[] => [0x41, bits];

function constant(word: number): number[] {
  const bytes = [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24];
  return [...vector(12), ...bytes, ...bytes, ...bytes, ...bytes];
}

const shifted = (local: number, bits: number): number[] => [
  ...get(local),
  ...byBits(bits),
  ...SHIFT_RIGHT,
];

const rotated = (local: number, bits: number): number[] => [
  ...shifted(local, bits),
  ...get(local),
  ...byBits(32 - bits),
  ...SHIFT_LEFT,
  ...OR,
];

const BYTES = 16;
/** Locals: where the words of the block are, the eight words of the state, the sixteen last of the message, a sum. */
const WORDS = 0;
const word = (round: number): number => 9 + (round & 15);
const SUM = 25;
const STATE_BYTES = 8 * BYTES;
const BLOCK_BYTES = 16 * BYTES;

function schedule(round: number): number[] {
  const [near, far] = [word(round - 2), word(round - 15)];
  return [
    ...get(word(round)),
    ...[...rotated(far, 7), ...rotated(far, 18), ...XOR, ...shifted(far, 3), ...XOR, ...ADD],
    ...[...get(word(round - 7)), ...ADD],
    ...[...rotated(near, 17), ...rotated(near, 19), ...XOR, ...shifted(near, 10), ...XOR, ...ADD],
    ...set(word(round)),
  ];
}

function roundOf(round: number, key: number): number[] {
  // The words of the state change places in each round.
  const [a, b, c, d, e, f, g, h] = Array.from(
    { length: 8 },
    (_, n) => 1 + ((n + 8 * ROUNDS - round) & 7),
  ) as [number, number, number, number, number, number, number, number];
  return [
    ...get(h),
    ...[...rotated(e, 6), ...rotated(e, 11), ...XOR, ...rotated(e, 25), ...XOR, ...ADD],
    ...[...get(f), ...get(g), ...get(e), ...SELECT, ...ADD],
    ...[...constant(key), ...ADD, ...get(word(round)), ...ADD, ...set(SUM)],
    ...[...get(d), ...get(SUM), ...ADD, ...set(d)],
    ...get(SUM),
    ...[...rotated(a, 2), ...rotated(a, 13), ...XOR, ...rotated(a, 22), ...XOR, ...ADD],
    ...[...get(c), ...get(b), ...get(a), ...get(b), ...XOR, ...SELECT, ...ADD],
    ...set(h),
  ];
}

/** A module with one function, which adds the block at a place of its memory to the state at the origin. */
function moduleBytes(): Uint8Array {
  const code = [...list([[...unsigned(SUM), 0x7b]])];
  for (let n = 0; n < 8; n += 1) code.push(...ORIGIN, ...load(n * BYTES), ...set(1 + n));
  for (let n = 0; n < 16; n += 1) code.push(...get(WORDS), ...load(n * BYTES), ...set(word(n)));
  for (const [round, key] of fractions(Math.cbrt, ROUNDS).entries()) {
    if (round >= 16) code.push(...schedule(round));
    code.push(...roundOf(round, key));
  }
  for (let n = 0; n < 8; n += 1) {
    code.push(...ORIGIN, ...ORIGIN, ...load(n * BYTES), ...get(1 + n), ...ADD);
    code.push(...STORE, 4, ...unsigned(n * BYTES));
  }
  code.push(0x0b);
  const name = (text: string): number[] => list([...text].map((letter) => [letter.charCodeAt(0)]));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list([[0x60, 1, 0x7f, 0]])),
    ...section(3, list([[0]])),
    ...section(5, list([[0, 1]])),
    ...section(
      7,
      list([
        [...name('memory'), 2, 0],
        [...name('block'), 0, 0],
      ]),
    ),
    ...section(10, list([[...unsigned(code.length), ...code]])),
  ]);
}

/** Puts the same state in front of each lane. */
export function startWith(lanes: Lanes, state: ArrayLike<number>): void {
  const { state: words } = lanes;
  for (let n = 0; n < words.length; n += 1) words[n] = state[n >> 2] as number;
}

/** Puts the same word into each lane. */
export function fillWord(words: Int32Array, n: number, value: number): void {
  words.fill(value, n * LANES, (n + 1) * LANES);
}

function isRight(lanes: Lanes): boolean {
  startWith(lanes, START);
  const text = 'abcdefghijklmnopqrstuvwxyz';
  const block = Buffer.alloc(64);
  block.write(`${text}\x80`, 'latin1');
  block.writeUInt32BE(text.length * 8, 60);
  for (let n = 0; n < 16; n += 1) fillWord(lanes.words[1], n, block.readInt32BE(n * 4));
  lanes.add(1);
  const expected = hash('sha256', text, 'buffer');
  return lanes.state.every((value, n) => value === expected.readInt32BE((n >> 2) * 4));
}

function make(): Lanes | undefined {
  try {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Vectors }).WebAssembly;
    const { memory, block } = new Instance(new Module(moduleBytes())).exports;
    const state = new Int32Array(memory.buffer, 0, 8 * LANES);
    const words = (room: number) =>
      new Int32Array(memory.buffer, STATE_BYTES + room * BLOCK_BYTES, 16 * LANES);
    const made: Lanes = {
      state,
      words: [words(0), words(1)],
      add: (room) => block(STATE_BYTES + room * BLOCK_BYTES),
    };
    return isRight(made) ? made : undefined;
  } catch {
    return undefined;
  }
}

let made: { readonly lanes: Lanes | undefined } | undefined;

/** The lanes of this process, which whoever uses them has to fill anew; undefined where there are none. */
export function lanesOfProcess(): Lanes | undefined {
  made ??= { lanes: make() };
  return made.lanes;
}
