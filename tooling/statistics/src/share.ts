import { wilson } from './wilson.js';

/** A count among trials, with the interval of its share, each bound from 0 to 1. */
export interface Share {
  readonly count: number;
  readonly of: number;
  readonly low: number;
  readonly high: number;
}

/** The share of events among trials; without trials it may be anything from 0 to 1. */
export function shareOf(count: number, of: number): Share {
  const { low, high } = wilson(count, of) ?? { low: 0, high: 1 };
  return { count, of, low, high };
}

/** Such as `460/500 (89–94 %)`. */
export function formatPercent({ count, of, low, high }: Share): string {
  const percent = (value: number): string => (value * 100).toFixed(0);
  return `${count}/${of} (${percent(low)}–${percent(high)} %)`;
}
