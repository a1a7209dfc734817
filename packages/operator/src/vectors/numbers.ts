/** A number below a bound; the stream depends on its seed alone. */
export type Next = (below: number) => number;

/** A stream of numbers that depends on its seed alone (xorshift32). */
export function createNumbers(seed: number): Next {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export const pick = <Item>(items: readonly Item[], next: Next): Item =>
  items[next(items.length)] as Item;
