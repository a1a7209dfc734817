import { answerScore, DEFAULT_MODEL } from '@spanforge/rag/calibration';
import type { Sample } from './data.js';
import { FEATURES, type Measured, measureAnswer, type Rows } from './features.js';
import { type Coefficients, claimScore, type Example, fitModel } from './fit.js';
import { namesIn, perturb } from './perturb.js';

/** A sample with all that is fitted on or scored, computed once. */
export interface Prepared {
  readonly sample: Sample;
  readonly measured: Measured;
  /** Sentences of its source and its answer (if grounded), made false. */
  readonly falsified: readonly Example[];
}

const FALSE_WEIGHT = 0.3;
const MADE_FALSE = [FEATURES.indexOf('conflicts') + 1, FEATURES.indexOf('disorder') + 1];

/** An example, unless it has no claims, or one without a source: no coefficient decides those. */
function toExample(rows: Rows, grounded: boolean, weight = 1): readonly Example[] {
  const known = rows.filter((row): row is readonly number[] => row !== null);
  return known.length === 0 || known.length < rows.length
    ? []
    : [{ rows: known, grounded, weight }];
}

/** Prepares samples; the names of other sources serve where a name is replaced. */
export function prepare(
  samples: readonly Sample[],
  measure = (answer: string, sources: readonly string[]): Measured =>
    measureAnswer(answer, sources),
): readonly Prepared[] {
  const names = samples.flatMap(({ source }) => namesIn(source).map(({ text }) => text));
  return samples.map((sample, at) => {
    const { source, answer, grounded } = sample;
    const name = names[(at * 7) % names.length] ?? 'Ottilie';
    const falsified = [source, ...(grounded ? [answer] : [])].flatMap((text) =>
      perturb(text, name).flatMap(([, changed]) =>
        toExample(measure(changed, [source]).rows, false, FALSE_WEIGHT),
      ),
    );
    return { sample, measured: measure(answer, [source]), falsified };
  });
}

/** What is fitted: of claims, and of answers from the mean of their claims and their overlap. */
export interface Trained {
  readonly claims: Coefficients;
  readonly answer: Coefficients;
}

/** Little is shrunk where two weights are fitted on hundreds of answers. */
export const ANSWER_RIDGE = 0.02;

/** The mean over the claims. */
export function meanOf(rows: Rows, coefficients: Coefficients): number {
  if (rows.length === 0) return 0;
  const sum = rows.reduce((total, row) => total + (row ? claimScore(row, coefficients) : 0), 0);
  return sum / rows.length;
}

/**
 * Fits all coefficients to the human labels, then those of `conflicts` and `disorder` alone
 * to these and to sentences made false: real answers hold too few of those to learn from. Then the
 * two weights of answers, to the labels, with the claims' scores that these coefficients give.
 */
export function train(prepared: readonly Prepared[]): Trained {
  const features = FEATURES.length;
  const natural = prepared.flatMap(({ measured, sample }) =>
    toExample(measured.rows, sample.grounded),
  );
  const from = fitModel(natural, { features });
  const all = [...natural, ...prepared.flatMap(({ falsified }) => falsified)];
  const claims = fitModel(all, { features, from, only: MADE_FALSE, rounds: 400 });
  const whole = prepared.flatMap(({ measured: { rows, overlap }, sample: { grounded } }) => {
    const mean = meanOf(rows, claims);
    return mean === 0 ? [] : [{ rows: [[1 - mean, 1 - overlap]], grounded }];
  });
  return { claims, answer: fitModel(whole, { features: 2, ridge: ANSWER_RIDGE }) };
}

/** The score of an answer, as the package computes it. */
export function scoreAnswer({ rows, overlap }: Measured, { claims, answer }: Trained): number {
  const [constant = 0, ofClaims = 0, ofOverlap = 0] = answer;
  const model = { ...DEFAULT_MODEL, answer: { constant, claims: ofClaims, overlap: ofOverlap } };
  return answerScore(meanOf(rows, claims), overlap, model);
}

const { constant, weights, answer } = DEFAULT_MODEL;

/** The coefficients that are shipped. */
export const SHIPPED: Trained = {
  claims: [constant, ...FEATURES.map((name) => weights[name])],
  answer: [answer?.constant ?? 0, answer?.claims ?? 0, answer?.overlap ?? 0],
};
