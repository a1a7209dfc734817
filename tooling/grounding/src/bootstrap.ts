/** A small generator of reproducible numbers (mulberry32), for resampling alone. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The middle 95 percent of a figure over resamples of whole groups; those that make no figure are left out. */
export function interval<Item>(
  groups: readonly (readonly Item[])[],
  figure: (items: readonly Item[]) => number,
  { rounds = 500, seed = 7 }: { readonly rounds?: number; readonly seed?: number } = {},
): readonly [number, number] {
  const random = generator(seed);
  const values: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const drawn = groups.flatMap(() => groups[Math.floor(random() * groups.length)] ?? []);
    const value = figure(drawn);
    if (!Number.isNaN(value)) values.push(value);
  }
  values.sort((a, b) => a - b);
  const at = (share: number): number =>
    values[Math.floor(share * (values.length - 1))] ?? Number.NaN;
  return [at(0.025), at(0.975)];
}

/** Items that share a key, together. */
export function groupBy<Item>(
  items: readonly Item[],
  key: (item: Item) => string,
): readonly (readonly Item[])[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const held = groups.get(key(item));
    if (held) held.push(item);
    else groups.set(key(item), [item]);
  }
  return [...groups.values()];
}
