/** Joins two lists; when one is empty, returns the other without copying. */
export function joinLists<Item>(a: readonly Item[], b: readonly Item[]): readonly Item[] {
  if (a.length === 0) return b;
  return b.length === 0 ? a : [...a, ...b];
}
