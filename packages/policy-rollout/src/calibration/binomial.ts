import { logBeta } from './log-gamma.js';

/** Bounds of a share, both from 0 to 1. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

const TINY = 1e-300;
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

/** The regularised incomplete beta function. */
export function incompleteBeta(at: number, a: number, b: number): number {
  if (at <= 0) return 0;
  if (at >= 1) return 1;
  const front = Math.exp(a * Math.log(at) + b * Math.log1p(-at) - logBeta(a, b));
  // The fraction converges fast on one side of the mean only.
  return at < (a + 1) / (a + b + 2)
    ? (front * continuedFraction(at, a, b)) / a
    : 1 - (front * continuedFraction(1 - at, b, a)) / b;
}

/** By the method of Lentz. */
function continuedFraction(at: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / away(1 - ((a + b) * at) / (a + 1));
  let value = d;
  const apply = (numerator: number): number => {
    d = 1 / away(1 + numerator * d);
    c = away(1 + numerator / c);
    value *= d * c;
    return d * c;
  };
  for (let m = 1; m <= 10_000; m += 1) {
    apply((m * (b - m) * at) / ((a + 2 * m - 1) * (a + 2 * m)));
    const change = apply((-(a + m) * (a + b + m) * at) / ((a + 2 * m) * (a + 2 * m + 1)));
    if (Math.abs(change - 1) < 1e-14) break;
  }
  return value;
}

const away = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
