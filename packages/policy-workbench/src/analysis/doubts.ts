import type { Expression } from '@spanforge/condition';
import { printCondition } from '../condition/print-condition.js';

type NodeOf<K extends Expression['kind']> = Extract<Expression, { readonly kind: K }>;

/** What is known of one condition where another one is indeterminate. */
export type DoubtShared = 'unknown' | 'not_false' | 'not_true';

/**
 * What holds of a condition wherever another is indeterminate. Only their form is compared, so
 * `undefined` proves nothing.
 *
 * Comparisons are indeterminate together if they read the same values as numbers. A list with an
 * element that cannot be decided has one for every body that reads as much of it: then `exists`
 * is not false, and `all` is not true.
 */
export function whereDoubtful(one: Expression, other: Expression): DoubtShared | undefined {
  if (one.kind === 'not') return whereDoubtful(one.operand, other);
  if (other.kind === 'not') return inverted(whereDoubtful(one, other.operand));
  if (one.kind === 'and' || one.kind === 'or') {
    return weaker(whereDoubtful(one.left, other), whereDoubtful(one.right, other));
  }
  if (isQuantifier(one) && isQuantifier(other)) {
    const shared = same(one.list, other.list) && whereDoubtful(one.body, other.body) === 'unknown';
    if (!shared) return undefined;
    return other.kind === 'exists' ? 'not_false' : 'not_true';
  }
  if (one.kind !== 'compare' || other.kind !== 'compare') return undefined;
  return comparesAlike(one, other) ? 'unknown' : undefined;
}

function inverted(shared: DoubtShared | undefined): DoubtShared | undefined {
  if (shared === 'not_false') return 'not_true';
  return shared === 'not_true' ? 'not_false' : shared;
}

/** A join is indeterminate only where one of its sides is. */
function weaker(
  left: DoubtShared | undefined,
  right: DoubtShared | undefined,
): DoubtShared | undefined {
  if (left === right || right === 'unknown') return left;
  return left === 'unknown' ? right : undefined;
}

const isQuantifier = (node: Expression): node is NodeOf<'all' | 'exists'> =>
  node.kind === 'all' || node.kind === 'exists';

const printed = new WeakMap<Expression, string>();

function print(node: Expression): string {
  const known = printed.get(node) ?? printCondition(node);
  printed.set(node, known);
  return known;
}

const same = (a: Expression, b: Expression): boolean => print(a) === print(b);

function comparesAlike(one: NodeOf<'compare'>, other: NodeOf<'compare'>): boolean {
  if (same(one.left, other.left) && same(one.right, other.right)) {
    return isOrdered(one) === isOrdered(other) || !isOrdered(one);
  }
  if (!isOrdered(other) || !(isOrdered(one) || hasNumber(one))) return false;
  const needed = needsOf(other);
  return [...needsOf(one)].every((need) => needed.has(need));
}

const isOrdered = ({ operator }: NodeOf<'compare'>): boolean =>
  operator !== '==' && operator !== '!=';

/** Compared with a number, everything but a number and null is indeterminate. */
const hasNumber = ({ left, right }: NodeOf<'compare'>): boolean =>
  [left, right].some((side) => side.kind === 'literal' && typeof side.value === 'number');

/** Everything that must be so for both sides to be numbers; each by its name. */
function needsOf({ left, right }: NodeOf<'compare'>): ReadonlySet<string> {
  return new Set([...numberNeeds(left), ...numberNeeds(right)]);
}

function numberNeeds(node: Expression): readonly string[] {
  if (node.kind === 'literal' && typeof node.value === 'number') return [];
  if (node.kind === 'negate') return numberNeeds(node.operand);
  if (node.kind !== 'arithmetic') return [`a number: ${print(node)}`];
  const sides = [...numberNeeds(node.left), ...numberNeeds(node.right)];
  return isSmall(node) ? sides : [...sides, `finite: ${print(node)}`];
}

/** Sums of instants and of numbers that are written out do not overflow. */
function isSmall(node: Expression): boolean {
  if (node.kind === 'literal') return Math.abs(Number(node.value)) < 2 ** 53;
  if (node.kind === 'instant') return true;
  if (node.kind === 'path') return node.path === 'time.epoch';
  if (node.kind !== 'arithmetic' || (node.operator !== '+' && node.operator !== '-')) return false;
  return isSmall(node.left) && isSmall(node.right);
}
