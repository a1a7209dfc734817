/** Every outcome a decision can have, loosest first. */
export const OUTCOMES = ['allow', 'allow+log', 'redact', 'human_review', 'block'] as const;

/** What a decision lets happen: `allow < allow+log < redact < human_review < block`. */
export type Outcome = (typeof OUTCOMES)[number];

/** What must be done to a call that is otherwise let through; it survives an approval. */
export type Obligation =
  | {
      readonly kind: 'redact';
      /** Which side of the call: what the tool is given, or what it answers. */
      readonly target: 'args' | 'result';
      /** Dotted path inside the target, `*` for every element; the empty path is the whole value. */
      readonly path: string;
      /** Text put in the place of the value; `[redacted]` when absent. */
      readonly mask?: string;
      /**
       * Detector types, such as `email`: only what is found to be of these is masked, wherever it
       * stands at or under the path. Absent, or where nobody can detect, the whole value goes.
       */
      readonly types?: readonly string[];
    }
  | { readonly kind: 'notice'; readonly text: string };

/** A decision as every control gives it: what is let happen, on which conditions, and why. */
export interface Decision {
  readonly outcome: Outcome;
  readonly obligations: readonly Obligation[];
  /** A sentence for people. */
  readonly reason: string;
  /** A stable code for machines. */
  readonly reasonCode: string;
}

/** The position of an outcome in the order of strictness, 0 for `allow`. */
export function strictness(outcome: Outcome): number {
  return OUTCOMES.indexOf(outcome);
}

/** The stricter of two outcomes: the join of the order. */
export function strictest(a: Outcome, b: Outcome): Outcome {
  return strictness(a) >= strictness(b) ? a : b;
}

function obligationKey(obligation: Obligation): string {
  const { kind } = obligation;
  if (kind === 'notice') return JSON.stringify([kind, obligation.text]);
  const { target, path, mask, types } = obligation;
  return JSON.stringify([kind, target, path, mask ?? null, types ?? null]);
}

/** The union of two lists of obligations, first seen first, each once. */
export function joinObligations(
  a: readonly Obligation[],
  b: readonly Obligation[],
): readonly Obligation[] {
  if (b.length === 0) return a;
  if (a.length === 0 && b.length === 1) return b;
  const joined = new Map<string, Obligation>();
  for (const obligation of [...a, ...b]) {
    const key = obligationKey(obligation);
    if (!joined.has(key)) joined.set(key, obligation);
  }
  return [...joined.values()];
}

/** Joins two decisions: the stricter outcome with its reason, and the obligations of both. */
export function joinDecisions(a: Decision, b: Decision): Decision {
  const winner = strictness(b.outcome) > strictness(a.outcome) ? b : a;
  const loser = winner === a ? b : a;
  if (loser.obligations.length === 0) return winner;
  return { ...winner, obligations: joinObligations(a.obligations, b.obligations) };
}
