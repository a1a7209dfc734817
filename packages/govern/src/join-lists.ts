/** Two lists as one; most often one of them is empty, and the other is it. */
export function joinLists<Item>(a: readonly Item[], b: readonly Item[]): readonly Item[] {
  if (a.length === 0) return b;
  return b.length === 0 ? a : [...a, ...b];
}
