import { hash } from 'node:crypto';
import {
  fractions,
  LANES,
  MESSAGE,
  MESSAGES_AT,
  moduleBytes,
  ROOM,
  ROOM_AT,
  START_AT,
} from './lanes-code.js';

/*
 * For messages of one or two blocks a call of the runtime's hash costs three times as much as the hash. Only for
 * hashes that are compared: what is signed or stored is made by the runtime. At the first use messages are hashed both
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
      readonly many: (size: number, at: number, length: number, groups: number) => void;
    };
  };
}

/** Messages that differ only in a piece of each. */
export interface Pattern {
  /** The eight words of the state before the first block. */
  readonly start: ArrayLike<number>;
  /** The message with its padding: one block or two. */
  readonly text: Uint8Array;
  /** Where the piece is in it. */
  readonly at: number;
  /** Bytes of a piece. */
  readonly size: 32 | 64;
}

/** Hashes of many messages. */
export interface Lanes {
  /** For pieces, one after the other; when they are hashed, for the hashes of their messages. */
  readonly room: Uint8Array;
  /** Puts the hashes of so many messages where their pieces are. */
  hash(pattern: Pattern, count: number): void;
}

/** The state before the first block. */
export const START: readonly number[] = /* @__PURE__ */ fractions(Math.sqrt, 8);

function isRight({ room, hash: many }: Lanes): boolean {
  const length = 65;
  const text = new Uint8Array(128);
  text[0] = 1;
  text[length] = 0x80;
  new DataView(text.buffer).setInt32(124, length * 8);
  const pieces = Uint8Array.from({ length: LANES * 64 }, (_, at) => (at * 89 + 41) % 256);
  room.set(pieces);
  many({ start: START, text, at: 1, size: 64 }, LANES);
  return [0, 1, 2, 3].every((lane) => {
    const message = text.slice(0, length);
    message.set(pieces.subarray(lane * 64, lane * 64 + 64), 1);
    const expected = hash('sha256', message, 'buffer');
    return expected.equals(room.subarray(lane * 32, lane * 32 + 32));
  });
}

function make(): Lanes | undefined {
  try {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Vectors }).WebAssembly;
    const { memory, many } = new Instance(new Module(moduleBytes())).exports;
    const bytes = new Uint8Array(memory.buffer);
    const words = new Int32Array(memory.buffer, START_AT, 8 * LANES);
    const made: Lanes = {
      room: bytes.subarray(ROOM_AT, ROOM_AT + ROOM),
      hash({ start, text, at, size }, count) {
        for (let n = 0; n < words.length; n += 1) words[n] = start[n >> 2] as number;
        for (let lane = 0; lane < LANES; lane += 1) bytes.set(text, MESSAGES_AT + lane * MESSAGE);
        many(size, at, text.length, Math.ceil(count / LANES));
      },
    };
    return isRight(made) ? made : undefined;
  } catch {
    return undefined;
  }
}

let made: { readonly lanes: Lanes | undefined } | undefined;

/** The lanes of this process, in whose room nothing stays; undefined where there are none. */
export function lanesOfProcess(): Lanes | undefined {
  made ??= { lanes: make() };
  return made.lanes;
}
