import { OUTCOMES, type Outcome, strictest } from '@spanforge/core-events';
import type { Comparator, PolicyRule } from '@spanforge/policy';
import type { MutableRule, MutationOperator } from './mutant.js';
import { mutateCondition, neighbours } from './mutate-condition.js';

/** A rule with one thing changed. */
export interface MutatedRule {
  readonly operator: MutationOperator;
  readonly change: string;
  readonly written: MutableRule;
}

/** Every rule that differs from one in a single place. */
export function mutateRule(rule: PolicyRule, written: MutableRule): readonly MutatedRule[] {
  return [
    ...loosened(rule, written),
    ...mutatedThreshold(rule, written),
    ...(rule.when === undefined ? [] : mutateCondition(rule.when.expression)).map(
      ({ operator, change, source }) => ({
        operator,
        change,
        written: { ...written, when: source },
      }),
    ),
    ...mutatedTarget(rule, written),
    ...withoutRedactions(written),
    ...otherOnError(rule, written),
  ];
}

/** One step looser; an action that only allows redacts nothing. */
function loosened({ action }: PolicyRule, written: MutableRule): readonly MutatedRule[] {
  const looser = OUTCOMES.slice(0, OUTCOMES.indexOf(action)).filter(
    (outcome) => outcome !== 'redact' || written.redact !== undefined,
  );
  const next = looser.at(-1);
  if (next === undefined) return [];
  const { redact, ...rest } = written;
  const kept = redact === undefined || next.startsWith('allow') ? {} : { redact };
  const change = `${action} becomes ${next}`;
  return [{ operator: 'loosen_action', change, written: { ...rest, ...kept, action: next } }];
}

const OPPOSITE: Readonly<Record<Comparator, Comparator>> = {
  lt: 'gte',
  lte: 'gt',
  gt: 'lte',
  gte: 'lt',
  eq: 'neq',
  neq: 'eq',
};

const BOUNDARY: Readonly<Partial<Record<Comparator, Comparator>>> = {
  lt: 'lte',
  lte: 'lt',
  gt: 'gte',
  gte: 'gt',
};

function mutatedThreshold(
  { threshold, comparator }: PolicyRule,
  written: MutableRule,
): readonly MutatedRule[] {
  if (threshold === undefined) return [];
  const compared = (other: Comparator): MutableRule => ({
    ...written,
    metadata: { ...(written.metadata as object | undefined), comparator: other },
  });
  const flipped = OPPOSITE[comparator];
  const boundary = BOUNDARY[comparator];
  const flip = { operator: 'flip_comparator', change: `${comparator} becomes ${flipped}` } as const;
  const shift = {
    operator: 'shift_boundary',
    change: `${comparator} becomes ${boundary}`,
  } as const;
  return [
    { ...flip, written: compared(flipped) },
    ...(boundary === undefined ? [] : [{ ...shift, written: compared(boundary) }]),
    ...neighbours(threshold).map((number) => ({
      operator: 'shift_number' as const,
      change: `threshold ${threshold} becomes ${number}`,
      written: { ...written, threshold: number },
    })),
  ];
}

function mutatedTarget({ target }: PolicyRule, written: MutableRule): readonly MutatedRule[] {
  return Object.entries(target).flatMap(([part, patterns = []]) => {
    const { [part]: _dropped, ...rest } = target as Record<string, unknown>;
    const widened: MutatedRule = {
      operator: 'widen_target',
      change: `the target's ${part} are left out`,
      written: { ...written, target: rest },
    };
    if (patterns.length < 2) return [widened];
    const narrowed = patterns.map((pattern: string) => ({
      operator: 'narrow_target' as const,
      change: `${pattern} is left out of the target's ${part}`,
      written: {
        ...written,
        target: { ...target, [part]: patterns.filter((other: string) => other !== pattern) },
      },
    }));
    return [widened, ...narrowed];
  });
}

function withoutRedactions(written: MutableRule): readonly MutatedRule[] {
  const redactions = Array.isArray(written.redact) ? (written.redact as readonly unknown[]) : [];
  return redactions.map((_redaction, at) => {
    const { redact: _all, ...rest } = written;
    const kept = redactions.filter((_other, index) => index !== at);
    return {
      operator: 'drop_obligation',
      change: `redaction ${at + 1} is left out`,
      written: kept.length === 0 ? rest : { ...rest, redact: kept },
    };
  });
}

/** Only if it changes what an undecidable rule counts as. */
function otherOnError(
  { action, onError }: PolicyRule,
  written: MutableRule,
): readonly MutatedRule[] {
  const now = strictest(action, onError);
  const other: Outcome = now === 'block' ? action : 'block';
  if (other === now) return [];
  const change = `on_error ${onError} becomes ${other}`;
  return [{ operator: 'change_on_error', change, written: { ...written, on_error: other } }];
}
