/** A generator of numbers from 0 to 1 that a seed repeats: xoshiro128**, by Blackman and Vigna. */
export function createRandom(seed: number): () => number {
  const state = new Uint32Array(4);
  let mixed = seed >>> 0;
  for (let at = 0; at < 4; at += 1) {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    let part = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    part = Math.imul(part ^ (part >>> 15), 0x735a2d97);
    state[at] = part ^ (part >>> 15);
  }
  return () => {
    const [a = 0, b = 0, c = 0, d = 0] = state;
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const third = c ^ a;
    const fourth = d ^ b;
    state.set([a ^ fourth, b ^ third, third ^ (b << 9), rotate(fourth, 11)]);
    return result / 2 ** 32;
  };
}

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
