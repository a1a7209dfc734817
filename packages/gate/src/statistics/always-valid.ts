/** Fractions of the capital that are bet in parallel; the mean of fair games is a fair game. */
const BETS: readonly number[] = [0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8];

/** Wealth of a mixture of fixed bets against a null hypothesis, as logarithms. */
interface Wealth {
  readonly logs: number[];
}

const newWealth = (): Wealth => ({ logs: BETS.map(() => 0) });

/**
 * Bets on a positive `gain`, which is at least -1 and has mean at most 0 under the null hypothesis.
 */
function bet({ logs }: Wealth, gain: number): void {
  for (const [at, share] of BETS.entries()) logs[at] = (logs[at] ?? 0) + Math.log1p(share * gain);
}

function capital({ logs }: Wealth): number {
  const most = Math.max(...logs);
  const sum = logs.reduce((total, log) => total + Math.exp(log - most), 0);
  return (Math.exp(most) * sum) / logs.length;
}

/** A test of paired results that may be checked after every case. */
export interface SequentialPairs {
  /** Adds one case: whether each side passed. */
  add(baseline: boolean, candidate: boolean): void;
  /** The verdict so far; once it is `pass` or `fail` it no longer changes. */
  verdict(): 'pass' | 'fail' | 'inconclusive';
  /** p-values (1 / evidence) of "not worse" and of "worse by the margin". */
  pValues(): { readonly worse: number; readonly withinMargin: number };
  readonly cases: number;
}

/**
 * An always-valid test (betting, e-processes; Ville's inequality): however often and whenever it is
 * checked, a false FAIL and a false PASS each have probability at most `alpha`.
 *
 * FAIL bets that the candidate is worse at all, PASS that it is worse by less than `margin`. A
 * verdict needs `minCases`.
 */
export function createSequentialPairs(options: {
  readonly alpha: number;
  readonly margin: number;
  readonly minCases: number;
}): SequentialPairs {
  const { alpha, margin, minCases } = options;
  const worse = newWealth();
  const within = newWealth();
  let cases = 0;
  let bestWorse = 1;
  let bestWithin = 1;
  let settled: 'pass' | 'fail' | undefined;
  return {
    add(baseline, candidate) {
      cases += 1;
      const difference = Number(baseline) - Number(candidate);
      bet(worse, difference);
      // The gain lies in [margin - 1, margin + 1]; bets below 1 keep every factor positive.
      bet(within, margin - difference);
      bestWorse = Math.min(bestWorse, 1 / capital(worse));
      bestWithin = Math.min(bestWithin, 1 / capital(within));
      if (settled !== undefined || cases < minCases) return;
      if (bestWorse <= alpha) settled = 'fail';
      else if (bestWithin <= alpha) settled = 'pass';
    },
    verdict: () => settled ?? 'inconclusive',
    pValues: () => ({ worse: bestWorse, withinMargin: bestWithin }),
    get cases() {
      return cases;
    },
  };
}
