/** A share with its interval, each from 0 to 1. */
export interface Share {
  readonly count: number;
  readonly of: number;
  readonly low: number;
  readonly high: number;
}

const Z = 1.959964;

/** The share of events among trials, with Wilson's 95 % interval (1927). */
export function shareOf(count: number, of: number): Share {
  if (of === 0) return { count, of, low: 0, high: 1 };
  const rate = count / of;
  const middle = (rate + (Z * Z) / (2 * of)) / (1 + (Z * Z) / of);
  const half =
    (Z / (1 + (Z * Z) / of)) * Math.sqrt((rate * (1 - rate)) / of + (Z * Z) / (4 * of * of));
  return { count, of, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

export function formatShare({ count, of, low, high }: Share): string {
  const percent = (value: number): string => (value * 100).toFixed(0);
  return `${count}/${of} (${percent(low)}–${percent(high)} %)`;
}
