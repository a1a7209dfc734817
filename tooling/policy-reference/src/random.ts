/** Chance with a seed: the same seed gives the same choices. */
export interface Random {
  /** A whole number from 0 up to, not including, a limit. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T;
  /** Some of them, in their order, each once. */
  some<T>(items: readonly T[], most: number): T[];
}

/** Mulberry32: small, fast, and good enough to look for differences. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]): T => items[below(items.length)] as T,
    some: (items, most) => {
      const wanted = below(Math.min(most, items.length) + 1);
      const left = items.map((_item, index) => index);
      const taken = Array.from({ length: wanted }, () => left.splice(below(left.length), 1)[0]);
      return items.filter((_item, index) => taken.includes(index));
    },
  };
}
