/**
 * A quantile of sorted numbers, interpolated (type 7, as in R and NumPy); NaN for an empty list.
 */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const [below = Number.NaN, above = below] = [sorted[low], sorted[low + 1]];
  return below + (at - low) * (above - below);
}

/** Numbers in ascending order, in a new list. */
export function ascending(values: Iterable<number>): readonly number[] {
  return Float64Array.from(values).sort() as unknown as readonly number[];
}
