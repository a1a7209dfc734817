/** A measured share and its interval, each from 0 to 1. */
export interface ScoreInterval {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

const Z = 1.959964;

/** Wilson's 95 % score interval of a proportion (1927); undefined without trials. */
export function wilson(successes: number, trials: number): ScoreInterval | undefined {
  if (trials === 0) return undefined;
  const share = successes / trials;
  const scale = 1 + (Z * Z) / trials;
  const middle = (share + (Z * Z) / (2 * trials)) / scale;
  const half =
    (Z / scale) * Math.sqrt((share * (1 - share)) / trials + (Z * Z) / (4 * trials * trials));
  return { share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
