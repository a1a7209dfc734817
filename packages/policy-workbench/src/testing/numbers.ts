import type { CompareOperator, Expression } from '@spanforge/condition';
import type { PolicyRule } from '@spanforge/policy';
import { printCondition, variableName } from '../condition/print-condition.js';
import { type Quantifier, walkCondition } from './walk-condition.js';

/** A number with which a rule compares something. */
export interface ComparedNumber {
  readonly ruleId: string;
  /** `threshold`, or the comparison as written in the condition. */
  readonly comparison: string;
  readonly constant: number;
  /** Conditions that tell on which side of the number a request is. */
  readonly probes: Readonly<Record<NumberSide, string>>;
}

/** The side of a number on which a value lies. */
export type NumberSide = 'below' | 'at' | 'above';

export const SIDES: readonly NumberSide[] = ['below', 'at', 'above'];

const OPERATORS: Readonly<Record<NumberSide, CompareOperator>> = {
  below: '<',
  at: '==',
  above: '>',
};

/** Every number with which a rule compares, in the order in which they are written. */
export function comparedNumbers(rule: PolicyRule): readonly ComparedNumber[] {
  const found: ComparedNumber[] = [];
  if (rule.threshold !== undefined) {
    const { threshold, comparator, ruleId } = rule;
    const comparison = `observed ${comparator} ${threshold}`;
    const probe = (side: NumberSide): string => `observed ${OPERATORS[side]} (${threshold})`;
    found.push({ ruleId, comparison, constant: threshold, probes: bySide(probe) });
  }
  if (rule.when === undefined) return found;
  for (const visited of walkCondition(rule.when.expression)) {
    const compared = numberIn(visited.node);
    if (compared === undefined) continue;
    const { value, constant } = compared;
    const probe = (side: NumberSide): string =>
      around(`${printCondition(value)} ${OPERATORS[side]} (${constant})`, visited.inside);
    found.push({
      ruleId: rule.ruleId,
      comparison: printCondition(visited.node).slice(1, -1),
      constant,
      probes: bySide(probe),
    });
  }
  return found;
}

/** A comparison with a constant: the other operand, and the constant. */
function numberIn(
  node: Expression,
): { readonly value: Expression; readonly constant: number } | undefined {
  if (node.kind !== 'compare') return undefined;
  const { left, right } = node;
  if (right.kind === 'literal' && typeof right.value === 'number' && left.kind !== 'literal') {
    return { value: left, constant: right.value };
  }
  if (left.kind === 'literal' && typeof left.value === 'number' && right.kind !== 'literal') {
    return { value: right, constant: left.value };
  }
  return undefined;
}

/** Inside a quantifier, one element on that side is enough. */
function around(probe: string, inside: readonly Quantifier[]): string {
  return inside.reduceRight(
    (body, { list, slot }) => `${printCondition(list)}.exists(${variableName(slot)}, ${body})`,
    probe,
  );
}

function bySide(probe: (side: NumberSide) => string): Readonly<Record<NumberSide, string>> {
  return { below: probe('below'), at: probe('at'), above: probe('above') };
}
