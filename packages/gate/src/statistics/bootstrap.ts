import { ascending, quantile } from './quantile.js';
import type { Random } from './random.js';

function resample(values: readonly number[], random: Random): readonly number[] {
  const drawn = new Float64Array(values.length);
  for (let at = 0; at < drawn.length; at += 1) {
    drawn[at] = values[Math.floor(random() * values.length)] ?? 0;
  }
  return drawn.sort() as unknown as readonly number[];
}

/** An interval of a relative change, in percent. */
export interface ChangeInterval {
  readonly point: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * The change of a quantile from baseline to candidate, in percent, with a percentile bootstrap
 * interval (Efron 1979): each side is resampled on its own.
 */
export function quantileChange(
  baseline: readonly number[],
  candidate: readonly number[],
  options: {
    readonly q: number;
    readonly confidence: number;
    readonly rounds: number;
    readonly random: Random;
  },
): ChangeInterval {
  const { q, confidence, rounds, random } = options;
  const change = (before: number, after: number): number => ((after - before) / before) * 100;
  const changes = ascending(
    Array.from({ length: rounds }, () =>
      change(quantile(resample(baseline, random), q), quantile(resample(candidate, random), q)),
    ),
  );
  const tail = (1 - confidence) / 2;
  return {
    point: change(quantile(ascending(baseline), q), quantile(ascending(candidate), q)),
    lower: quantile(changes, tail),
    upper: quantile(changes, 1 - tail),
  };
}
