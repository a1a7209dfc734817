import { type CompareOperator, type Expression, type NodeOf, placeOf } from './expression.js';
import {
  type Compile,
  type Evaluator,
  type Frame,
  type Predicate,
  spend,
  spendCharacters,
} from './frame.js';
import { isNumber } from './is-number.js';
import { type ConditionFailure, failure, isFailure } from './result.js';

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || isNumber(value);
}

const ORDER: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

export function comparePredicate(node: NodeOf<'compare'>, compile: Compile): Predicate {
  const order = ORDER[node.operator];
  return order === undefined
    ? equalityPredicate(node, node.operator, compile)
    : orderPredicate(node, order, compile);
}

function orderPredicate(
  node: NodeOf<'compare'>,
  order: (left: number, right: number) => boolean,
  compile: Compile,
): Predicate {
  const left = compile(node.left);
  const right = compile(node.right);
  const leftMistyped = failure('type_error', placeOf(node.left));
  const rightMistyped = failure('type_error', placeOf(node.right));
  return (frame) => {
    const a = left(frame);
    if (!isNumber(a)) return isFailure(a) ? a : leftMistyped;
    const b = right(frame);
    if (!isNumber(b)) return isFailure(b) ? b : rightMistyped;
    return order(a, b);
  };
}

function equalityPredicate(
  node: NodeOf<'compare'>,
  operator: CompareOperator,
  compile: Compile,
): Predicate {
  const left = compile(node.left);
  const right = compile(node.right);
  const equal = equality(placeOf(node.left) ?? placeOf(node.right));
  const wanted = operator === '==';
  return (frame) => {
    const a = left(frame);
    if (isFailure(a)) return a;
    const b = right(frame);
    if (isFailure(b)) return b;
    const same = equal(frame, a, b);
    return same === wanted ? true : same === !wanted ? false : same;
  };
}

/**
 * Equality of scalars. Null equals only null; other values of two types are not comparable, so
 * that `"5"` is never quietly different from `5`.
 */
function equality(
  place: string | undefined,
): (frame: Frame, left: unknown, right: unknown) => boolean | ConditionFailure {
  const mistyped = failure('type_error', place);
  const cost = failure('cost', place);
  return (frame, left, right) => {
    if (left === null || right === null) return left === right;
    if (!isScalar(left) || typeof left !== typeof right || !isScalar(right)) return mistyped;
    if (typeof left === 'string' && left.length > 1024 && !spendCharacters(frame, left.length)) {
      return cost;
    }
    return left === right;
  };
}

/** `in`: true when an element is equal, indeterminate when one was not comparable, else false. */
export function memberPredicate(node: NodeOf<'in'>, compile: Compile): Predicate {
  const item = compile(node.left);
  const constants = constantSet(node.right);
  if (constants !== undefined) return constantMember(node, item, constants);
  const list = compile(node.right);
  const searchesKeys = node.left.kind !== 'literal';
  const equal = equality(placeOf(node.right) ?? placeOf(node.left));
  const mistyped = failure('type_error', placeOf(node.right));
  const cost = failure('cost', placeOf(node.right));
  return (frame) => {
    const value = item(frame);
    if (isFailure(value)) return value;
    const values = list(frame);
    if (!Array.isArray(values)) {
      const found = searchesKeys ? keyOf(values, value) : undefined;
      return found ?? (isFailure(values) ? values : mistyped);
    }
    if (!spend(frame, Math.ceil(values.length / 16))) return cost;
    let failed: ConditionFailure | undefined;
    for (const candidate of values) {
      const same = equal(frame, value, candidate);
      if (same === true) return true;
      if (same !== false) failed ??= same;
    }
    return failed ?? false;
  };
}

/**
 * Whether a map has a computed key (`has` is for constant ones); `undefined` if there is no map or
 * the key is not a string.
 */
function keyOf(map: unknown, key: unknown): boolean | undefined {
  if (typeof map !== 'object' || map === null || isFailure(map)) return undefined;
  return typeof key === 'string' ? Object.hasOwn(map, key) : undefined;
}

interface ConstantSet {
  readonly type: string;
  readonly values: ReadonlySet<unknown>;
}

/** A list of constants of one type is searched by hash. */
function constantSet(list: Expression): ConstantSet | undefined {
  if (list.kind !== 'list') return undefined;
  const values: unknown[] = [];
  for (const item of list.items) {
    if (item.kind !== 'literal' || item.value === null) return undefined;
    values.push(item.value);
  }
  return values.length === 0 ? undefined : { type: typeof values[0], values: new Set(values) };
}

function constantMember(node: NodeOf<'in'>, item: Evaluator, set: ConstantSet): Predicate {
  const mistyped = failure('type_error', placeOf(node.left));
  return (frame) => {
    const value = item(frame);
    if (value === null) return false;
    if (typeof value === set.type && isScalar(value)) return set.values.has(value);
    return isFailure(value) ? value : mistyped;
  };
}
