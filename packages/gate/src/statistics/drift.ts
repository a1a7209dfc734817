/**
 * Shares of counts; half an observation is added to every cell, so that none is empty (Jeffreys).
 */
function shares(counts: readonly number[]): readonly number[] {
  const total = counts.reduce((sum, count) => sum + count + 0.5, 0);
  return counts.map((count) => (count + 0.5) / total);
}

/** Population stability index of two histograms over the same cells; 0 for equal histograms. */
export function populationStabilityIndex(
  expected: readonly number[],
  actual: readonly number[],
): number {
  const [before, after] = [shares(expected), shares(actual)];
  return before.reduce((sum, share, at) => {
    const other = after[at] ?? share;
    return sum + (other - share) * Math.log(other / share);
  }, 0);
}

/** Jensen-Shannon divergence in bits, 0..1, of two histograms over the same cells. */
export function jensenShannon(left: readonly number[], right: readonly number[]): number {
  const normal = (counts: readonly number[]): readonly number[] => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => (total === 0 ? 0 : count / total));
  };
  const [p, q] = [normal(left), normal(right)];
  const part = (share: number, other: number): number =>
    share === 0 ? 0 : (share * Math.log2((2 * share) / (share + other))) / 2;
  return p.reduce((sum, share, at) => {
    const other = q[at] ?? 0;
    return sum + part(share, other) + part(other, share);
  }, 0);
}

/** The largest distance between two empirical distributions (Kolmogorov-Smirnov). */
export function kolmogorovSmirnov(left: readonly number[], right: readonly number[]): number {
  let [at, other, most] = [0, 0, 0];
  while (at < left.length && other < right.length) {
    const value = Math.min(left[at] ?? 0, right[other] ?? 0);
    while (at < left.length && (left[at] ?? 0) <= value) at += 1;
    while (other < right.length && (right[other] ?? 0) <= value) other += 1;
    most = Math.max(most, Math.abs(at / left.length - other / right.length));
  }
  return most;
}

/** The largest difference between the shares of a category: an effect size for categories. */
export function greatestShareChange(left: readonly number[], right: readonly number[]): number {
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0) || 1;
  const [all, others] = [total(left), total(right)];
  return left.reduce(
    (most, count, at) => Math.max(most, Math.abs(count / all - (right[at] ?? 0) / others)),
    0,
  );
}
