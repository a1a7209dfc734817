/**
 * Adjusts p-values of several metrics so that the probability of any false rejection is at most
 * alpha (Holm 1979).
 */
export function holm(pValues: readonly number[]): readonly number[] {
  const order = pValues.map((_, at) => at).sort((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1));
  const adjusted = pValues.map(() => 1);
  let highest = 0;
  for (const [rank, at] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (pValues.length - rank) * (pValues[at] ?? 1)));
    adjusted[at] = highest;
  }
  return adjusted;
}
