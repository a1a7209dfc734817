/** Whole numbers kept as ranges: memory grows with the holes between them, not with the numbers. */
export interface NumberRanges {
  /** Adds `from` to `to`, both included; true when none of them was there before. */
  add(from: number, to: number): boolean;
  /** The ranges, in order, neither touching nor overlapping. */
  list(): readonly (readonly [from: number, to: number])[];
}

/** Creates an empty set of numbers. */
export function createNumberRanges(): NumberRanges {
  const ranges: [number, number][] = [];

  /** The first range that ends at or after `from - 1`: the first that could be joined with. */
  function firstNear(from: number): number {
    let [low, high] = [0, ranges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ranges[middle]?.[1] ?? 0) < from - 1) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    add(from, to) {
      const last = ranges.at(-1);
      if (last && last[1] + 1 === from) {
        last[1] = to;
        return true;
      }
      const at = firstNear(from);
      const joined: [number, number] = [from, to];
      let [fresh, count] = [true, 0];
      for (let near = ranges[at]; near && near[0] <= to + 1; near = ranges[at + count]) {
        if (near[0] <= to && near[1] >= from) fresh = false;
        joined[0] = Math.min(joined[0], near[0]);
        joined[1] = Math.max(joined[1], near[1]);
        count += 1;
      }
      ranges.splice(at, count, joined);
      return fresh;
    },
    list: () => ranges,
  };
}
