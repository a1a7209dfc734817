import { type Examined, examine, type Features } from '@spanforge/rag/calibration';

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
export function rowsOf(
  answer: string,
  sources: readonly string[],
): readonly (readonly number[] | null)[] {
  const named = sources.map((text, at) => ({ id: `s${at}`, text }));
  return examine(answer, named).map((one) => (one.support.length === 0 ? null : row(one)));
}
