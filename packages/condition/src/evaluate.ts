import { declaredAt, isOfKind, isOfType } from './declared.js';
import { comparePredicate, memberPredicate } from './evaluate-compare.js';
import { arithmeticEvaluator, negateEvaluator } from './evaluate-number.js';
import { lowerEvaluator, sizeEvaluator, stringPredicate } from './evaluate-text.js';
import { instantEvaluator } from './evaluate-time.js';
import { type Expression, type NodeOf, placeOf } from './expression.js';
import { type Evaluator, type Predicate, spend } from './frame.js';
import { inputKeys, MISSING, MISTYPED, readField, readKeys } from './read.js';
import { type ConditionFailure, failure, isFailure } from './result.js';

/** Compiles a checked expression into closures; types are checked again on every value. */
export function evaluator(node: Expression): Evaluator {
  switch (node.kind) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'list':
      return listEvaluator(node);
    case 'path':
      return pathEvaluator(node);
    case 'variable': {
      const { slot } = node;
      return (frame) => frame.variables[slot];
    }
    case 'field':
      return fieldEvaluator(node);
    case 'index':
      return indexEvaluator(node);
    case 'has':
      return hasPredicate(node);
    case 'not':
      return notPredicate(node);
    case 'and':
      return logicalPredicate(node, false);
    case 'or':
      return logicalPredicate(node, true);
    case 'all':
      return quantifierPredicate(node, false);
    case 'exists':
      return quantifierPredicate(node, true);
    case 'filter':
      return filterEvaluator(node);
    case 'conditional':
      return conditionalEvaluator(node);
    case 'compare':
      return comparePredicate(node, evaluator);
    case 'in':
      return memberPredicate(node, evaluator);
    case 'negate':
      return negateEvaluator(node, evaluator);
    case 'arithmetic':
      return arithmeticEvaluator(node, evaluator);
    case 'string':
      return stringPredicate(node, evaluator);
    case 'lowerAscii':
      return lowerEvaluator(node, evaluator);
    case 'size':
      return sizeEvaluator(node, evaluator);
    case 'instant':
      return instantEvaluator(node, evaluator);
  }
}

/** Compiles a node that must answer true or false. */
export function predicate(node: Expression): Predicate {
  const run = evaluator(node);
  const mistyped = failure('type_error', placeOf(node));
  return (frame) => {
    const value = run(frame);
    if (value === true || value === false) return value;
    return isFailure(value) ? value : mistyped;
  };
}

function pathEvaluator(node: NodeOf<'path'>, fits = isOfType): Evaluator {
  const { names } = node;
  const keys = inputKeys(names);
  const missing = failure('missing_value', node.path);
  const mistyped = failure('type_error', node.path);
  return ({ input }) => {
    const value = readKeys(input, keys);
    if (value === MISSING) return missing;
    if (value === MISTYPED) return mistyped;
    const type = input.types && declaredAt(input.types, names);
    return type === undefined || fits(value, type) ? value : mistyped;
  };
}

function fieldEvaluator(node: NodeOf<'field'>): Evaluator {
  const target = evaluator(node.target);
  const missing = failure('missing_value', placeOf(node));
  const mistyped = failure('type_error', placeOf(node));
  return (frame) => {
    const holder = target(frame);
    if (isFailure(holder)) return holder;
    const value = readField(holder, node.name);
    return value === MISSING ? missing : value === MISTYPED ? mistyped : value;
  };
}

function indexEvaluator(node: NodeOf<'index'>): Evaluator {
  const target = evaluator(node.target);
  const index = evaluator(node.index);
  const missing = failure('missing_value', placeOf(node));
  const mistyped = failure('type_error', placeOf(node));
  return (frame) => {
    const holder = target(frame);
    if (isFailure(holder)) return holder;
    const key = index(frame);
    if (isFailure(key)) return key;
    if (typeof key === 'string') {
      const value = readField(holder, key);
      return value === MISSING ? missing : value === MISTYPED ? mistyped : value;
    }
    if (!Array.isArray(holder) || !Number.isInteger(key)) return mistyped;
    const value: unknown = holder[key as number];
    return value === undefined ? missing : value;
  };
}

/** A field that is missing, or whose parent is missing, is absent for sure. */
function hasPredicate(node: NodeOf<'has'>): Predicate {
  const { operand } = node;
  const mistyped = failure('type_error', placeOf(operand));
  const holder: Evaluator =
    operand.kind === 'path'
      ? // What stands beside the field has no say in whether it is there.
        pathEvaluator({ ...operand, names: operand.names.slice(0, -1) }, isOfKind)
      : evaluator(operand.target);
  const name = operand.kind === 'path' ? (operand.names.at(-1) ?? '') : operand.name;
  return (frame) => {
    const found = holder(frame);
    if (isFailure(found)) return found.result.reason === 'missing_value' ? false : found;
    if (found === null) return false;
    const value = readField(found, name);
    return value === MISTYPED ? mistyped : value !== MISSING;
  };
}

function notPredicate(node: NodeOf<'not'>): Predicate {
  const operand = predicate(node.operand);
  return (frame) => {
    const value = operand(frame);
    return value === true ? false : value === false ? true : value;
  };
}

/**
 * Kleene logic, as in CEL: `false` decides `&&` and `true` decides `||`, even if the other side
 * fails.
 */
function logicalPredicate(node: NodeOf<'and' | 'or'>, deciding: boolean): Predicate {
  const left = predicate(node.left);
  const right = predicate(node.right);
  return (frame) => {
    const first = left(frame);
    if (first === deciding) return deciding;
    const second = right(frame);
    if (second === deciding) return deciding;
    return first === !deciding ? second : first;
  };
}

function conditionalEvaluator(node: NodeOf<'conditional'>): Evaluator {
  const test = predicate(node.test);
  const whenTrue = evaluator(node.whenTrue);
  const whenFalse = evaluator(node.whenFalse);
  return (frame) => {
    const value = test(frame);
    return value === true ? whenTrue(frame) : value === false ? whenFalse(frame) : value;
  };
}

function listEvaluator(node: NodeOf<'list'>): Evaluator {
  const items = node.items.map(evaluator);
  return (frame) => {
    const values: unknown[] = [];
    for (const item of items) {
      const value = item(frame);
      if (isFailure(value)) return value;
      values.push(value);
    }
    return values;
  };
}

/** `all` and `exists` are `and` and `or` over the elements. */
function quantifierPredicate(node: NodeOf<'all' | 'exists'>, deciding: boolean): Predicate {
  const list = evaluator(node.list);
  const body = predicate(node.body);
  const mistyped = failure('type_error', placeOf(node.list));
  const cost = failure('cost', placeOf(node.list));
  return (frame) => {
    const values = list(frame);
    if (isFailure(values)) return values;
    if (!Array.isArray(values)) return mistyped;
    let failed: ConditionFailure | undefined;
    for (const value of values) {
      if (!spend(frame, 1)) return cost;
      frame.variables[node.slot] = value;
      const outcome = body(frame);
      if (outcome === deciding) return deciding;
      if (typeof outcome !== 'boolean') failed ??= outcome;
    }
    return failed ?? !deciding;
  };
}

/**
 * The elements for which the body is true. If one cannot be decided, the result is indeterminate.
 */
function filterEvaluator(node: NodeOf<'filter'>): Evaluator {
  const list = evaluator(node.list);
  const body = predicate(node.body);
  const mistyped = failure('type_error', placeOf(node.list));
  const cost = failure('cost', placeOf(node.list));
  return (frame) => {
    const values = list(frame);
    if (!Array.isArray(values)) return isFailure(values) ? values : mistyped;
    const kept: unknown[] = [];
    for (const value of values) {
      if (!spend(frame, 1)) return cost;
      frame.variables[node.slot] = value;
      const outcome = body(frame);
      if (outcome === true) kept.push(value);
      else if (outcome !== false) return outcome;
    }
    return kept;
  };
}
