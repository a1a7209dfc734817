const STANDARD = ['authorize', 'scope', 'policy'];

/**
 * Whether a call was evaluated, by what its records tell: a control left a decision, the reason is
 * a control's or govern's own, or at least one of the standard controls was asked.
 */
export function wasEvaluated(decided: {
  /** Controls that were not asked before the tool ran. */
  readonly notAsked: readonly string[];
  readonly decisions: readonly string[];
  readonly reasonCode: string;
}): boolean {
  if (decided.decisions.length > 0 || decided.reasonCode !== 'allowed') return true;
  return !STANDARD.every((name) => decided.notAsked.includes(name));
}
