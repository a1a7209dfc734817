/** Claims of one answer as feature rows, and whether people found the whole answer grounded. */
export interface Example {
  readonly rows: readonly (readonly number[])[];
  readonly grounded: boolean;
  /** How much it counts; 1 when absent. */
  readonly weight?: number;
}

/** Coefficients: the constant first, then one for each feature. */
export type Coefficients = readonly number[];

/** What a coefficient is before anything is known: every feature speaks against a claim. */
const PRIOR = -1;

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

const linear = (row: readonly number[], w: Coefficients): number =>
  row.reduce((sum, value, at) => sum + value * (w[at + 1] ?? 0), w[0] ?? 0);

/** The probability that one claim is grounded. */
export const claimScore = (row: readonly number[], w: Coefficients): number =>
  sigmoid(linear(row, w));

/** How a model is fitted. */
export interface FitOptions {
  /** Number of features in a row. */
  readonly features: number;
  readonly ridge?: number;
  readonly rounds?: number;
  /** Where to begin; coefficients that are not fitted stay there. */
  readonly from?: Coefficients;
  /** The only coefficients that are fitted. */
  readonly only?: readonly number[];
}

/**
 * Fits a logistic model of claims to labels of whole answers: an answer is grounded when all of its
 * claims are, so its probability is their product (noisy and). Maximum likelihood with a ridge
 * penalty towards -1, by projected gradient ascent (Adam): no coefficient of a feature may be above 0, since
 * each measures something that is wrong with a claim.
 */
export function fitModel(
  examples: readonly Example[],
  { features, ridge = 0.5, rounds = 1500, from, only }: FitOptions,
): Coefficients {
  const w = from ? [...from] : [2, ...new Array<number>(features).fill(PRIOR)];
  const m = w.map(() => 0);
  const v = w.map(() => 0);
  for (let round = 1; round <= rounds; round += 1) {
    const gradient = w.map((value, at) => (at === 0 ? -0.01 * value : -ridge * (value - PRIOR)));
    for (const { rows, grounded, weight = 1 } of examples) {
      const scores = rows.map((row) => claimScore(row, w));
      const all = scores.reduce((product, score) => product * score, 1);
      const pull = weight * (grounded ? 1 : -all / Math.max(1e-9, 1 - all));
      for (const [at, row] of rows.entries()) {
        const slope = pull * (1 - (scores[at] ?? 0));
        gradient[0] = (gradient[0] ?? 0) + slope;
        for (let j = 0; j < features; j += 1) {
          gradient[j + 1] = (gradient[j + 1] ?? 0) + slope * (row[j] ?? 0);
        }
      }
    }
    for (const [at, g] of gradient.entries()) {
      if (only !== undefined && !only.includes(at)) continue;
      m[at] = 0.9 * (m[at] ?? 0) + 0.1 * g;
      v[at] = 0.999 * (v[at] ?? 0) + 0.001 * g * g;
      const step =
        (m[at] ?? 0) / (1 - 0.9 ** round) / (Math.sqrt((v[at] ?? 0) / (1 - 0.999 ** round)) + 1e-8);
      const next = (w[at] ?? 0) + 0.03 * step;
      w[at] = at === 0 ? next : Math.min(0, next);
    }
  }
  return w;
}
