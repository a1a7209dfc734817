/**
 * The known name that was probably meant: one that differs only in case or spaces, else the nearest
 * by edit distance, if that is less than a third of its length. `undefined` when none is near.
 */
export function closestName(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.trim().toLowerCase();
  const others = known.filter((other) => other !== name);
  const alike = others.find((other) => plain(other) === plain(name));
  if (alike !== undefined) return alike;
  const allowed = Math.max(1, Math.floor(name.length / 3));
  const near = others
    .filter((other) => Math.abs(other.length - name.length) <= allowed)
    .map((other) => ({ other, edits: editsBetween(name, other) }))
    .filter(({ edits }) => edits <= allowed)
    .sort((a, b) => a.edits - b.edits);
  return near[0]?.other;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editsBetween(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const options = [
        (row[j - 1] ?? 0) + 1,
        (last[j] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
      ];
      if (swap) options.push((before[j - 2] ?? 0) + 1);
      row.push(Math.min(...options));
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
