/** Every outcome a decision can have, loosest first. */
export const OUTCOMES = ['allow', 'allow+log', 'redact', 'human_review', 'block'] as const;

/** What a decision allows: `allow < allow+log < redact < human_review < block`. */
export type Outcome = (typeof OUTCOMES)[number];

/** What must be done to a call that is otherwise allowed; it still applies after an approval. */
export type Obligation =
  | {
      readonly kind: 'redact';
      /** Which side of the call: the arguments of the tool, or its result. */
      readonly target: 'args' | 'result';
      /** Dotted path inside the target, `*` for every element; the empty path is the whole value. */
      readonly path: string;
      /** Text that replaces the value; default `[redacted]`. */
      readonly mask?: string;
      /**
       * Detector types, such as `email`: only findings of these types are masked, anywhere at or
       * under the path. When absent, or if there are no detectors, the whole value is replaced.
       */
      readonly types?: readonly string[];
    }
  | { readonly kind: 'notice'; readonly text: string };

/** The decision of a control: what is allowed, on which conditions, and why. */
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

/** The stricter of two outcomes. */
export function strictest(a: Outcome, b: Outcome): Outcome {
  return strictness(a) >= strictness(b) ? a : b;
}

function obligationKey(obligation: Obligation): string {
  const { kind } = obligation;
  if (kind === 'notice') return JSON.stringify([kind, obligation.text]);
  const { target, path, mask, types } = obligation;
  return JSON.stringify([kind, target, path, mask ?? null, types ?? null]);
}

/** The union of two lists of obligations, without duplicates, in order of first occurrence. */
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
