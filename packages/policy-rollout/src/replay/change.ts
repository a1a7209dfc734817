import { type Obligation, type Outcome, strictness } from '@spanforge/core-events';

/** The outcome and the obligations of a decision. */
export interface Ruling {
  readonly outcome: Outcome;
  readonly obligations: readonly Obligation[];
}

/** How a decision differs from another on the same request. */
export type DecisionChange = 'same' | 'stricter' | 'looser';

/**
 * Compares two rulings by outcome and obligations. If any part is looser, the whole is looser: a
 * stricter outcome does not make up for a missing redaction. Two blocks are the same, whatever else
 * they ask for. Another mask text is no difference; a missing notice is one.
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

/** True if the first ruling fulfils every obligation of the second. */
function upholds({ obligations: kept }: Ruling, { obligations: owed }: Ruling): boolean {
  return owed.every((one) => kept.some((other) => covers(other, one)));
}

/** A redaction of a value covers one of its parts; one without types covers one with types. */
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
