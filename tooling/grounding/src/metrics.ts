/** A score beside what people said. */
export interface Scored {
  readonly score: number;
  readonly grounded: boolean;
}

/** Area under the ROC curve: how often a grounded answer scores above an ungrounded one. */
export function auc(samples: readonly Scored[]): number {
  const sorted = [...samples].sort((a, b) => a.score - b.score);
  let rankSum = 0;
  let at = 0;
  while (at < sorted.length) {
    let end = at;
    while (end < sorted.length && sorted[end]?.score === sorted[at]?.score) end += 1;
    const rank = (at + 1 + end) / 2;
    for (let tied = at; tied < end; tied += 1) if (sorted[tied]?.grounded) rankSum += rank;
    at = end;
  }
  const positive = samples.filter(({ grounded }) => grounded).length;
  const negative = samples.length - positive;
  return positive === 0 || negative === 0
    ? Number.NaN
    : (rankSum - (positive * (positive + 1)) / 2) / (positive * negative);
}

/** The mean of the shares found right among grounded and among ungrounded answers. */
export function balancedAccuracy(samples: readonly Scored[], threshold: number): number {
  const right = (grounded: boolean): number => {
    const of = samples.filter((sample) => sample.grounded === grounded);
    return of.filter(({ score }) => score >= threshold === grounded).length / of.length;
  };
  return (right(true) + right(false)) / 2;
}

/** The threshold with the best balanced accuracy. */
export function bestThreshold(samples: readonly Scored[]): number {
  let best = { threshold: 0.5, accuracy: -1 };
  for (const threshold of new Set(samples.map(({ score }) => score))) {
    const accuracy = balancedAccuracy(samples, threshold);
    if (accuracy > best.accuracy) best = { threshold, accuracy };
  }
  return best.threshold;
}
