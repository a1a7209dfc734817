/** How often which durations were seen, in a fixed number of classes. */
export interface Histogram {
  readonly count: number;
  readonly max: number;
  /** Counts below each of {@link UPPER_BOUNDS}, and of the rest. */
  readonly classes: readonly number[];
  add(ms: number): void;
}

/** Upper bounds of the classes, exclusive, in milliseconds. */
export const UPPER_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] as const;

/** Creates a histogram of durations; an invalid duration counts as the longest. */
export function createHistogram(): Histogram {
  const classes = new Array<number>(UPPER_BOUNDS.length + 1).fill(0);
  const histogram = {
    count: 0,
    max: 0,
    classes,
    add(ms: number) {
      const at = UPPER_BOUNDS.findIndex((bound) => ms < bound);
      const index = at < 0 ? UPPER_BOUNDS.length : at;
      classes[index] = (classes[index] ?? 0) + 1;
      histogram.count += 1;
      histogram.max = Math.max(histogram.max, ms >= 0 ? ms : Number.POSITIVE_INFINITY);
    },
  };
  return histogram;
}

/** The share of the durations that were below a bound of {@link UPPER_BOUNDS}; 0 for another value. */
export function shareBelow({ count, classes }: Histogram, bound: number): number {
  const at = (UPPER_BOUNDS as readonly number[]).indexOf(bound);
  const below = classes.slice(0, at + 1).reduce((sum, one) => sum + one, 0);
  return count === 0 ? 0 : below / count;
}

/** A value that at least this share of the durations did not exceed; never too low. */
export function quantile({ count, max, classes }: Histogram, share: number): number | undefined {
  if (count === 0) return undefined;
  let seen = 0;
  for (const [at, bound] of UPPER_BOUNDS.entries()) {
    seen += classes[at] ?? 0;
    if (seen >= share * count) return Math.min(max, bound);
  }
  return max;
}
