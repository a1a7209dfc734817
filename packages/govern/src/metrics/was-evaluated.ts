const STANDARD = ['authorize', 'scope', 'policy'];

/**
 * Whether a call was evaluated, according to its records: a control recorded a decision, the reason
 * came from a control or from govern itself, or at least one standard control was asked.
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
