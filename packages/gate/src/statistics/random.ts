/** Returns a uniform number in [0, 1). */
export type Random = () => number;

/**
 * A deterministic generator (sfc32, seeded through splitmix32): the same seed gives the same
 * numbers on every machine, so that an interval can be recomputed.
 */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  const mix = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let [a, b, c, counter] = [mix(), mix(), mix(), 1];
  return () => {
    const sum = (((a + b) >>> 0) + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0;
    return sum / 4_294_967_296;
  };
}
