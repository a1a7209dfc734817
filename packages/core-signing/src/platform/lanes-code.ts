/*
 * SHA-256 (FIPS 180-4) of four messages at a time, as a module of WebAssembly: one word of each message in each lane of
 * its vectors.
 */

/** Messages hashed at a time. */
export const LANES = 4;

export const HASH = 32;
export const BLOCK = 64;

const ROUNDS = 64;

/** The first bits of the fractions of roots of the first primes. */
export function fractions(root: (prime: number) => number, count: number): readonly number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n += 1)
    if (primes.every((one) => n % one > 0)) primes.push(n);
  return primes.map((prime) => ((root(prime) % 1) * 2 ** 32) | 0);
}

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
const store = (offset: number): number[] => [...vector(11), 4, ...unsigned(offset)];
/** A number below 2^31, whose highest bit in the last byte would be its sign. */
const number = (value: number): number[] => [0x41, ...signed(value)];
const signed = (n: number): number[] => (n < 64 ? [n] : [(n & 127) | 128, ...signed(n >>> 7)]);
const ORIGIN = number(0);
const CALL = 0x10;
const END = 0x0b;
const [LESS, PLUS, MINUS, DOUBLED] = [0x49, 0x6a, 0x6b, 0x74] as const;
/** Repeats instructions while the last of them says so. */
const loop = (body: readonly number[]): number[] => [0x03, 0x40, ...body, 0x0d, 0, END];
const [XOR, SELECT, SHIFT_LEFT, SHIFT_RIGHT, ADD] = [81, 82, 171, 173, 174].map(vector) as [
  number[],
  number[],
  number[],
  number[],
  number[],
];
const OR = vector(80);
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
const PAGE = 65_536;
/** Where things are in the memory: the state begins at its origin, one word of all lanes after the other. */
export const START_AT: number = 8 * BYTES;
export const MESSAGES_AT: number = 2 * START_AT;
/** Bytes for the message of one lane. */
export const MESSAGE: number = 128;
export const ROOM_AT: number = 1024;
export const ROOM: number = PAGE - ROOM_AT;

/** Locals: where in a message the block is, the eight words of the state, the sixteen last of the message, a sum. */
const BLOCK_AT = 0;
const word = (round: number): number => 9 + (round & 15);
const SUM = 25;
const SPARE = 26;

const shuffled = (bytes: readonly number[]): number[] => [...vector(13), ...bytes];
/** Of two lanes, the words 0 and 1, or 2 and 3, each with its bytes in the other order. */
const [LOW, HIGH] = [0, 8].map((from) =>
  shuffled(
    [from, from + BYTES, from + 4, from + 4 + BYTES].flatMap((at) => [at + 3, at + 2, at + 1, at]),
  ),
) as [number[], number[]];
/** The first or the second half of each of two vectors. */
const [FIRST, SECOND] = [0, 8].map((from) =>
  shuffled([from, from + BYTES].flatMap((at) => Array.from({ length: 8 }, (_, n) => at + n))),
) as [number[], number[]];

/**
 * Turns four words of each lane into each word of four lanes, or back; the order of their bytes is turned too.
 *
 * @param lane The instructions that give a vector.
 * @param spare The first of four locals.
 */
function turned(lane: (n: number) => number[], spare: number): readonly number[][] {
  const [a, b, c, d] = [0, 1, 2, 3].map(lane) as [number[], number[], number[], number[]];
  const halves = [
    ...[...a, ...b, ...LOW, ...set(spare), ...a, ...b, ...HIGH, ...set(spare + 1)],
    ...[...c, ...d, ...LOW, ...set(spare + 2), ...c, ...d, ...HIGH, ...set(spare + 3)],
  ];
  const [low, high] = [0, 1].map((n) => [...get(spare + n), ...get(spare + 2 + n)]) as [
    number[],
    number[],
  ];
  return [
    [...halves, ...low, ...FIRST],
    [...low, ...SECOND],
    [...high, ...FIRST],
    [...high, ...SECOND],
  ];
}

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

/** Adds a block of the messages to the state. */
function blockCode(): number[] {
  const code: number[] = [];
  for (let n = 0; n < 8; n += 1) code.push(...ORIGIN, ...load(n * BYTES), ...set(1 + n));
  for (let four = 0; four < 4; four += 1) {
    const lane = (n: number): number[] => [
      ...get(BLOCK_AT),
      ...load(MESSAGES_AT + n * MESSAGE + four * BYTES),
    ];
    for (const [n, one] of turned(lane, SPARE).entries()) {
      code.push(...one, ...set(word(four * 4 + n)));
    }
  }
  for (const [round, key] of fractions(Math.cbrt, ROUNDS).entries()) {
    if (round >= 16) code.push(...schedule(round));
    code.push(...roundOf(round, key));
  }
  for (let n = 0; n < 8; n += 1) {
    code.push(...ORIGIN, ...ORIGIN, ...load(n * BYTES), ...get(1 + n), ...ADD, ...store(n * BYTES));
  }
  return code;
}

/** Puts groups of four pieces into their messages, and the hashes of these into the room. */
function manyCode(): number[] {
  const [size, at, length, groups, from, to, n, piece, spare] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8,
  ] as const;
  const increase = (local: number, by: readonly number[]) => [
    ...[...get(local), ...by, PLUS],
    ...set(local),
  ];
  const isBelow = (end: number) => [...get(n), ...get(end), LESS];
  const copy = [...get(from), ...get(n), PLUS, ...set(piece)];
  for (let lane = 0; lane < LANES; lane += 1) {
    copy.push(...get(at), ...get(n), PLUS, ...get(piece), ...load(0));
    copy.push(...store(MESSAGES_AT + lane * MESSAGE), ...increase(piece, get(size)));
  }
  const group = [...ORIGIN, ...set(n)];
  group.push(...loop([...copy, ...increase(n, number(BYTES)), ...isBelow(size)]));
  for (let word = 0; word < 8; word += 1) {
    group.push(...ORIGIN, ...ORIGIN, ...load(START_AT + word * BYTES), ...store(word * BYTES));
  }
  group.push(...ORIGIN, ...set(n));
  group.push(...loop([...get(n), CALL, 0, ...increase(n, number(BLOCK)), ...isBelow(length)]));
  for (const half of [0, 4]) {
    const words = turned((word) => [...ORIGIN, ...load((half + word) * BYTES)], spare);
    for (const [lane, one] of words.entries()) {
      group.push(...get(to), ...one, ...store(lane * HASH + half * 4));
    }
  }
  group.push(...increase(from, [...get(size), ...number(2), DOUBLED]));
  group.push(...increase(to, number(LANES * HASH)));
  group.push(...get(groups), ...number(1), MINUS, ...set(groups), ...get(groups));
  return [...number(ROOM_AT), ...set(from), ...number(ROOM_AT), ...set(to), ...loop(group)];
}

const [I32, V128] = [0x7f, 0x7b] as const;

/** A function, with its locals behind its parameters. */
function functionOf(locals: readonly (readonly [count: number, type: number])[], code: number[]) {
  const body = [...list(locals.map(([count, type]) => [...unsigned(count), type])), ...code, END];
  return [...unsigned(body.length), ...body];
}

/** A module with its memory and the function `many`: bytes of a piece, its place, bytes of a message, groups. */
export function moduleBytes(): Uint8Array {
  const name = (text: string): number[] => list([...text].map((letter) => [letter.charCodeAt(0)]));
  const block = functionOf([[SPARE + 3, V128]], blockCode());
  const many = functionOf(
    [
      [4, I32],
      [4, V128],
    ],
    manyCode(),
  );
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(
      1,
      list([
        [0x60, 1, I32, 0],
        [0x60, 4, I32, I32, I32, I32, 0],
      ]),
    ),
    ...section(3, list([[0], [1]])),
    ...section(5, list([[0, 1]])),
    ...section(
      7,
      list([
        [...name('memory'), 2, 0],
        [...name('many'), 0, 1],
      ]),
    ),
    ...section(10, list([block, many])),
  ]);
}
