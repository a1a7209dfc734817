import { createHash } from 'node:crypto';

/** Gives the next byte. */
export type Draw = () => number;

/** Random bytes that are the same in every run. */
export function createDraw(seed: string): Draw {
  let block = 0;
  let bytes: number[] = [];
  return () => {
    if (bytes.length === 0) {
      bytes = [...createHash('sha256').update(`${seed} ${block}`).digest()];
      block += 1;
    }
    return bytes.shift() ?? 0;
  };
}

/** So many characters of an alphabet. */
export function drawFrom(draw: Draw, alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[draw() % alphabet.length]).join('');
}
