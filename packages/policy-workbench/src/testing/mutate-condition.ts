import type { CompareOperator, Expression } from '@spanforge/condition';
import { printCondition, type Replace } from '../condition/print-condition.js';
import type { MutationOperator } from './mutant.js';
import { walkCondition } from './walk-condition.js';

/** A condition with one thing changed. */
export interface MutatedCondition {
  readonly operator: MutationOperator;
  readonly change: string;
  readonly source: string;
}

/** The operator that is true where a comparison is false. */
const OPPOSITE: Readonly<Record<CompareOperator, CompareOperator>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

/** The same comparison, with the boundary itself on the other side. */
const BOUNDARY: Readonly<Partial<Record<CompareOperator, CompareOperator>>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
};

/** Every condition that differs from one in a single place. */
export function mutateCondition(expression: Expression): readonly MutatedCondition[] {
  const negated: MutatedCondition = {
    operator: 'negate_condition',
    change: 'the condition is negated',
    source: `!(${printCondition(expression)})`,
  };
  const nodes = walkCondition(expression).map(({ node }) => node);
  return [negated, ...nodes.flatMap((node) => changesOf(node, expression))];
}

function changesOf(node: Expression, whole: Expression): readonly MutatedCondition[] {
  const become = (operator: MutationOperator, text: string, change: string): MutatedCondition => {
    const replace: Replace = (one) => (one === node ? text : undefined);
    return { operator, change, source: printCondition(whole, replace) };
  };
  if (node.kind === 'and' || node.kind === 'or') {
    const sides = [node.left, node.right] as const;
    return sides.map((dropped, at) => {
      const kept = printCondition(sides[1 - at] ?? dropped);
      return become('drop_operand', kept, `"${bare(dropped)}" is left out of an ${node.kind}`);
    });
  }
  if (node.kind !== 'compare') return [];
  const with_ = (operator: CompareOperator): string =>
    `${printCondition(node.left)} ${operator} ${printCondition(node.right)}`;
  const boundary = isNumeric(node) ? BOUNDARY[node.operator] : undefined;
  const flipped = OPPOSITE[node.operator];
  return [
    become('flip_comparator', with_(flipped), `"${bare(node)}" becomes "${flipped}"`),
    ...(boundary === undefined
      ? []
      : [become('shift_boundary', with_(boundary), `"${bare(node)}" becomes "${boundary}"`)]),
    ...shifts(node).map(({ text, change }) => become('shift_number', text, change)),
  ];
}

type Compare = Extract<Expression, { readonly kind: 'compare' }>;

const isNumeric = ({ left, right }: Compare): boolean =>
  [left, right].some((side) => side.kind !== 'literal' || typeof side.value === 'number');

/** A number one step down and one step up. */
function shifts(node: Compare): readonly { readonly text: string; readonly change: string }[] {
  const { left, right, operator } = node;
  const literal = [left, right].find(
    (side) => side.kind === 'literal' && typeof side.value === 'number',
  );
  if (literal?.kind !== 'literal' || typeof literal.value !== 'number') return [];
  return neighbours(literal.value).map((number) => {
    const print = (side: Expression): string =>
      side === literal ? `(${number})` : printCondition(side);
    const change = `${literal.value} in "${bare(node)}" becomes ${number}`;
    return { text: `${print(left)} ${operator} ${print(right)}`, change };
  });
}

/** The two neighbours of a number: one step of its last written digit away, for integers by one. */
export function neighbours(value: number): readonly number[] {
  const text = String(value);
  const digits = text.includes('e') ? 0 : (text.split('.')[1]?.length ?? 0);
  const step = 10 ** -digits;
  return [value - step, value + step]
    .map((number) => Number(number.toFixed(digits)))
    .filter((number) => number !== value);
}

/** A part of a condition without parentheses around it. */
function bare(node: Expression): string {
  const text = printCondition(node);
  return text.startsWith('(') && text.endsWith(')') ? text.slice(1, -1) : text;
}
