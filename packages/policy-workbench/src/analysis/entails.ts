import type { CompareOperator, Expression, Scalar } from '@spanforge/condition';
import { printCondition } from '../condition/print-condition.js';

type NodeOf<K extends Expression['kind']> = Extract<Expression, { readonly kind: K }>;

/** Pairs of parts compared before giving up: choices between sides multiply. */
const MAX_PAIRS = 2000;

/**
 * Whether one condition is never truer than another, in the order false < indeterminate < true. Only
 * the form of the conditions is compared, so `false` proves nothing.
 *
 * Joins and quantifiers are monotone in their parts and negation reverses the order (Kleene's strong
 * logic); comparisons of one term with numbers are decided by the numbers.
 */
export function entails(one: Expression, other: Expression): boolean {
  let left = MAX_PAIRS;
  const below = (a: Expression, b: Expression): boolean => {
    left -= 1;
    if (left < 0) return false;
    if (printCondition(a) === printCondition(b)) return true;
    if (a.kind === 'literal' && a.value === false) return true;
    if (b.kind === 'literal' && b.value === true) return true;
    if (a.kind === 'or') return below(a.left, b) && below(a.right, b);
    if (b.kind === 'and') return below(a, b.left) && below(a, b.right);
    if (a.kind === 'and' && (below(a.left, b) || below(a.right, b))) return true;
    if (b.kind === 'or' && (below(a, b.left) || below(a, b.right))) return true;
    return inside(a, b, below);
  };
  return below(positive(one), positive(other));
}

function inside(
  a: Expression,
  b: Expression,
  below: (a: Expression, b: Expression) => boolean,
): boolean {
  if (isQuantifier(a) && isQuantifier(b)) {
    return a.kind === b.kind && same(a.list, b.list) && below(a.body, b.body);
  }
  if (a.kind === 'conditional' && b.kind === 'conditional') {
    return same(a.test, b.test) && below(a.whenTrue, b.whenTrue) && below(a.whenFalse, b.whenFalse);
  }
  // A negation that is left reverses the order.
  if (a.kind === 'not' && b.kind === 'not') return below(b.operand, a.operand);
  return (a.kind === 'compare' && b.kind === 'compare' && comparesBelow(a, b)) || listsBelow(a, b);
}

const same = (a: Expression, b: Expression): boolean => printCondition(a) === printCondition(b);

const isQuantifier = (node: Expression): node is NodeOf<'all' | 'exists'> =>
  node.kind === 'all' || node.kind === 'exists';

const NEGATED: Readonly<Record<CompareOperator, CompareOperator>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

/** Moves negations inwards as far as possible; all three truth values stay the same. */
function positive(node: Expression): Expression {
  switch (node.kind) {
    case 'and':
    case 'or':
      return { ...node, left: positive(node.left), right: positive(node.right) };
    case 'all':
    case 'exists':
      return { ...node, body: positive(node.body) };
    case 'not':
      return negative(node);
    default:
      return node;
  }
}

function negative(node: NodeOf<'not'>): Expression {
  const { operand } = node;
  const not = (inner: Expression): Expression => positive({ ...node, operand: inner });
  switch (operand.kind) {
    case 'not':
      return positive(operand.operand);
    case 'and':
    case 'or': {
      const kind = operand.kind === 'and' ? 'or' : 'and';
      return { ...operand, kind, left: not(operand.left), right: not(operand.right) };
    }
    case 'all':
    case 'exists': {
      const kind = operand.kind === 'all' ? 'exists' : 'all';
      return { ...operand, kind, body: not(operand.body) };
    }
    case 'compare':
      return { ...operand, operator: NEGATED[operand.operator] };
    default:
      return node;
  }
}

/** A term compared with a number; the number stands on the right. */
interface Bound {
  readonly term: Expression;
  readonly operator: CompareOperator;
  readonly limit: number;
}

const MIRRORED: Readonly<Record<CompareOperator, CompareOperator>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function boundOf({ left, right, operator }: NodeOf<'compare'>): Bound | undefined {
  if (right.kind === 'literal' && typeof right.value === 'number') {
    return { term: left, operator, limit: right.value };
  }
  if (left.kind === 'literal' && typeof left.value === 'number') {
    return { term: right, operator: MIRRORED[operator], limit: left.value };
  }
  return undefined;
}

function comparesBelow(a: NodeOf<'compare'>, b: NodeOf<'compare'>): boolean {
  if (same(a.left, b.left) && same(a.right, b.right)) {
    return LAXER[a.operator]?.includes(b.operator) ?? false;
  }
  const [one, other] = [boundOf(a), boundOf(b)];
  if (one === undefined || other === undefined) return shiftedBelow(a, b);
  return same(one.term, other.term) && within(one, other);
}

/** Comparisons of the same two sides that hold wherever the first does, and fail where it fails. */
const LAXER: Readonly<Partial<Record<CompareOperator, readonly CompareOperator[]>>> = {
  '<': ['<=', '!='],
  '>': ['>=', '!='],
};

/** Every number within the first bound is within the second; for other values the first is never truer. */
function within(one: Bound, other: Bound): boolean {
  const probes = [one.limit, other.limit].sort((a, b) => a - b);
  const [low = 0, high = 0] = probes;
  // A number below, at, between and above the two limits: bounds distinguish no others.
  const numbers = [low - 1, low, low / 2 + high / 2, high, high + 1];
  if (numbers[0] === low || numbers[4] === high) return false;
  return (
    numbers.every((value) => !holds(value, one) || holds(value, other)) && typesFit(one, other)
  );
}

/** Null is known to be unequal to a number; its other comparisons are indeterminate. */
function typesFit(one: Bound, other: Bound): boolean {
  const ofNull = ({ operator }: Bound): number =>
    operator === '==' ? 0 : operator === '!=' ? 2 : 1;
  return ofNull(one) <= ofNull(other);
}

function holds(value: number, { operator, limit }: Bound): boolean {
  if (operator === '==') return value === limit;
  if (operator === '!=') return value !== limit;
  if (operator === '<') return value < limit;
  if (operator === '<=') return value <= limit;
  return operator === '>' ? value > limit : value >= limit;
}

/** Compares `instant(x) + 5 <= y` with `instant(x) + 4 <= y`: sums of instants neither overflow nor change order. */
function shiftedBelow(a: NodeOf<'compare'>, b: NodeOf<'compare'>): boolean {
  if (a.operator !== b.operator || !same(a.right, b.right)) return false;
  const [one, other] = [shiftOf(a.left), shiftOf(b.left)];
  if (one === undefined || other === undefined || !same(one.term, other.term)) return false;
  if (a.operator === '<' || a.operator === '<=') return other.by <= one.by;
  return (a.operator === '>' || a.operator === '>=') && other.by >= one.by;
}

function shiftOf(node: Expression): { readonly term: Expression; readonly by: number } | undefined {
  if (node.kind !== 'arithmetic' || node.operator !== '+') return undefined;
  const { left, right } = node;
  const small = right.kind === 'literal' && Math.abs(Number(right.value)) < 2 ** 53;
  if (left.kind !== 'instant' || !small || typeof right.value !== 'number') return undefined;
  return { term: left, by: right.value };
}

/** `x in [..]` implies `x in [.., ..]` when the first list is a subset and all constants have one type. */
function listsBelow(a: Expression, b: Expression): boolean {
  const [one, other] = [memberOf(a), memberOf(b)];
  if (one === undefined || other === undefined || !same(one.term, other.term)) return false;
  const types = new Set([...one.values, ...other.values].map((value) => typeof value));
  return types.size === 1 && one.values.every((value) => other.values.includes(value));
}

interface Membership {
  readonly term: Expression;
  readonly values: readonly Scalar[];
}

function memberOf(node: Expression): Membership | undefined {
  if (node.kind === 'compare' && node.operator === '==' && node.right.kind === 'literal') {
    return node.right.value === null ? undefined : { term: node.left, values: [node.right.value] };
  }
  if (node.kind !== 'in' || node.right.kind !== 'list') return undefined;
  const values = node.right.items.map((item) => (item.kind === 'literal' ? item.value : null));
  return values.length === 0 || values.includes(null) ? undefined : { term: node.left, values };
}
