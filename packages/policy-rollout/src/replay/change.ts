import { type Obligation, type Outcome, strictness } from '@spanforge/core-events';

/** What a decision lets happen, and on which conditions. */
export interface Ruling {
  readonly outcome: Outcome;
  readonly obligations: readonly Obligation[];
}

/** How one decision stands to another on the same request. */
export type DecisionChange = 'same' | 'stricter' | 'looser';

/**
 * Orders two rulings by outcome and obligations. Where any part is looser the whole is: a stricter
 * outcome makes up for no redaction that is gone. What both block is the same, whatever else they
 * ask for; a mask of other words is no difference, a notice that is not given is.
 */
export function changeBetween(before: Ruling, after: Ruling): DecisionChange {
  const steps = strictness(after.outcome) - strictness(before.outcome);
  if (steps < 0) return 'looser';
  if (after.outcome === 'block') return steps === 0 ? 'same' : 'stricter';
  if (before.obligations.length === 0 && after.obligations.length === 0) {
    return steps === 0 ? 'same' : 'stricter';
  }
  if (!upholds(after, before)) return 'looser';
  return steps === 0 && upholds(before, after) ? 'same' : 'stricter';
}

/** Everything one ruling asks for is done by the other as well. */
function upholds({ obligations: kept }: Ruling, { obligations: owed }: Ruling): boolean {
  return owed.every((one) => kept.some((other) => covers(other, one)));
}

/** A redaction of a whole covers that of its parts; one of everything covers that of some types. */
export function covers(kept: Obligation, owed: Obligation): boolean {
  if (kept.kind === 'notice' || owed.kind === 'notice') {
    return kept.kind === owed.kind && 'text' in kept && 'text' in owed && kept.text === owed.text;
  }
  if (kept.target !== owed.target) return false;
  const inside = kept.path === '' || `${owed.path}.`.startsWith(`${kept.path}.`);
  if (!inside || kept.types === undefined) return inside;
  const found = new Set(kept.types);
  return owed.types?.every((type) => found.has(type)) ?? false;
}
