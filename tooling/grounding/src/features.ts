import { answerOverlap, type Examined, examine, type Features } from '@spanforge/rag/calibration';

/** The features in the order of the coefficients. */
export const FEATURES: readonly (keyof Features)[] = [
  'missingShare',
  'missingAmount',
  'disorder',
  'conflicts',
  'question',
];

const plain = ({ features }: Examined): Features => features;

/** What a qualifier or a condition that is gone counts among the conflicts. */
const LIMIT_GONE = 0.65;

/** The features without the cue that a qualifier or a condition of the source is gone. */
export function withoutLimits({ features, cues }: Examined): Features {
  if (!cues.includes('qualifier_dropped')) return features;
  return { ...features, conflicts: Math.max(0, features.conflicts - LIMIT_GONE) };
}

/** One row of features for each claim of an answer; claims without a source are marked by null. */
export type Rows = readonly (readonly number[] | null)[];

/** What is measured of an answer. */
export interface Measured {
  readonly rows: Rows;
  /** Share of its words that the passages its claims were laid beside have. */
  readonly overlap: number;
}

/** Measures an answer, claim by claim and as a whole. */
export function measureAnswer(
  answer: string,
  sources: readonly string[],
  featuresOf: (claim: Examined) => Features = plain,
): Measured {
  const named = sources.map((text, at) => ({ id: `s${at}`, text }));
  const examined = examine(answer, named);
  return {
    rows: examined.map((one) => {
      const features = featuresOf(one);
      return one.support.length === 0 ? null : FEATURES.map((name) => features[name]);
    }),
    overlap: answerOverlap(examined),
  };
}
