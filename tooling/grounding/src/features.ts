import { answerOverlap, type Examined, examine, type Features } from '@spanforge/rag/calibration';

/** The features in the order of the coefficients. */
export const FEATURES: readonly (keyof Features)[] = [
  'missingShare',
  'missingAmount',
  'disorder',
  'conflicts',
  'question',
];

const row = ({ features }: Examined): readonly number[] => FEATURES.map((name) => features[name]);

/** One row of features for each claim of an answer; claims without a source are marked by null. */
export type Rows = readonly (readonly number[] | null)[];

/** What is measured of an answer. */
export interface Measured {
  readonly rows: Rows;
  /** Share of its words that the passages its claims were laid beside have. */
  readonly overlap: number;
}

/** Measures an answer, claim by claim and as a whole. */
export function measureAnswer(answer: string, sources: readonly string[]): Measured {
  const named = sources.map((text, at) => ({ id: `s${at}`, text }));
  const examined = examine(answer, named);
  return {
    rows: examined.map((one) => (one.support.length === 0 ? null : row(one))),
    overlap: answerOverlap(examined),
  };
}
