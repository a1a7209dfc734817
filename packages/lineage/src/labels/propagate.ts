import type { Lattice } from './lattice.js';
import { sharesRun, sharesValue, type ValueTrace } from './traces.js';

/**
 * How a value got a label.
 *
 * `context`: the value was made after labelled data had been read in the same run; sound for what
 * crosses the boundary. `exact`: a value of at least eight characters reappears. `partial`: a run
 * of nineteen letters and digits reappears. Paraphrase escapes the last two.
 */
export type PropagationMode = 'context' | 'exact' | 'partial';

/** An earlier labelled value. */
export interface LabelledValue {
  /** Names the call it came from. */
  readonly from: string;
  readonly labels: readonly string[];
  readonly trace: ValueTrace;
}

/** Labels that a value got, from which call and how. */
export interface Propagation {
  readonly mode: PropagationMode;
  readonly from: string;
  readonly labels: readonly string[];
}

/** All ways in which a new value gets labels of earlier ones; pure. */
export function propagate(
  value: ValueTrace,
  earlier: readonly LabelledValue[],
): readonly Propagation[] {
  return earlier.flatMap((one): readonly Propagation[] => {
    if (one.labels.length === 0) return [];
    const { from, labels } = one;
    const found: Propagation[] = [{ mode: 'context', from, labels }];
    if (sharesValue(value, one.trace)) found.push({ mode: 'exact', from, labels });
    if (sharesRun(value, one.trace)) found.push({ mode: 'partial', from, labels });
    return found;
  });
}

/**
 * The labels a rule reads: each label by its own name where any mode brought it, and as
 * `label:mode` for each mode that did, so that a rule chooses which it acts on.
 */
export function labelsFor(
  lattice: Lattice,
  own: readonly string[],
  propagations: readonly Propagation[],
): readonly string[] {
  const names = new Set(lattice.join(own, ...propagations.map(({ labels }) => labels)));
  for (const { mode, labels } of propagations) {
    for (const label of lattice.normalize(labels)) names.add(`${label}:${mode}`);
  }
  return [...names].sort();
}
