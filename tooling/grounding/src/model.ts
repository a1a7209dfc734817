import type { Sample } from './data.js';
import { FEATURES, rowsOf } from './features.js';
import { type Coefficients, claimScore, type Example, fitModel } from './fit.js';
import { namesIn, perturb } from './perturb.js';

/** A sample with all that is fitted on or scored, computed once. */
export interface Prepared {
  readonly sample: Sample;
  readonly rows: Rows;
  /** Sentences of its source and its answer (if grounded), made false. */
  readonly falsified: readonly Example[];
}

const FALSE_WEIGHT = 0.3;
const MADE_FALSE = [FEATURES.indexOf('conflicts') + 1, FEATURES.indexOf('disorder') + 1];

type Rows = readonly (readonly number[] | null)[];

/** An example, unless it has no claims, or one without a source: no coefficient decides those. */
function toExample(rows: Rows, grounded: boolean, weight = 1): readonly Example[] {
  const known = rows.filter((row): row is readonly number[] => row !== null);
  return known.length === 0 || known.length < rows.length
    ? []
    : [{ rows: known, grounded, weight }];
}

/** Prepares samples; the names of other sources serve where a name is replaced. */
export function prepare(samples: readonly Sample[]): readonly Prepared[] {
  const names = samples.flatMap(({ source }) => namesIn(source).map(({ text }) => text));
  return samples.map((sample, at) => {
    const { source, answer, grounded } = sample;
    const name = names[(at * 7) % names.length] ?? 'Ottilie';
    const falsified = [source, ...(grounded ? [answer] : [])].flatMap((text) =>
      perturb(text, name).flatMap(([, changed]) =>
        toExample(rowsOf(changed, [source]), false, FALSE_WEIGHT),
      ),
    );
    return { sample, rows: rowsOf(answer, [source]), falsified };
  });
}

/**
 * Fits all coefficients to the human labels, then those of `conflicts` and `disorder` alone
 * to these and to sentences made false: real answers hold too few of those to learn from.
 */
export function train(prepared: readonly Prepared[]): Coefficients {
  const features = FEATURES.length;
  const natural = prepared.flatMap(({ rows, sample }) => toExample(rows, sample.grounded));
  const from = fitModel(natural, { features });
  const all = [...natural, ...prepared.flatMap(({ falsified }) => falsified)];
  return fitModel(all, { features, from, only: MADE_FALSE, rounds: 400 });
}

/** The average over the claims, as the package computes it. */
export function averageScore(rows: Rows, coefficients: Coefficients): number {
  if (rows.length === 0) return 0;
  const sum = rows.reduce((total, row) => total + (row ? claimScore(row, coefficients) : 0), 0);
  return sum / rows.length;
}
