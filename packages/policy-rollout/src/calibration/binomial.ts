import { incompleteBeta } from '@spanforge/core-events/statistics';

/** Bounds of a share, both from 0 to 1. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

const HALVINGS = 100;

/**
 * The exact interval of Clopper and Pearson (1934) for the share behind `events` of `trials`: it
 * covers the share with at least the given confidence, whatever the share is.
 *
 * @param confidence Of the two sides together, such as 0.95.
 */
export function clopperPearson(events: number, trials: number, confidence = 0.95): Interval {
  const tail = (1 - confidence) / 2;
  return {
    lower: 1 - binomialUpper(trials - events, trials, tail),
    upper: binomialUpper(events, trials, tail),
  };
}

/** The one-sided upper bound: a share above it gives so few events with probability at most `tail`. */
export function binomialUpper(events: number, trials: number, tail: number): number {
  if (events >= trials) return 1;
  let low = events / trials;
  let high = 1;
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (binomialAtMost(events, trials, middle) > tail) low = middle;
    else high = middle;
  }
  return high;
}

/** The probability of at most `events` in `trials`, each with the given share. */
export function binomialAtMost(events: number, trials: number, share: number): number {
  if (events >= trials) return 1;
  return incompleteBeta(1 - share, trials - events, events + 1);
}
