import { type ConditionErrorCode, errorAt } from './error.js';
import type { Expression, NodeOf } from './expression.js';
import type { Roots } from './roots.js';
import {
  BOOLEAN,
  DYN,
  fieldOf,
  join,
  listOf,
  NULL,
  NUMBER,
  STRING,
  type StaticType,
} from './static-type.js';

/**
 * Checks names and types against the declarations, and returns the type of the expression.
 *
 * `dyn` fits anywhere; its value is checked at every evaluation.
 */
export function check(source: string, expression: Expression, roots: Roots): StaticType {
  return typeOf({ source, roots, variables: [] }, expression);
}

interface Context {
  readonly source: string;
  readonly roots: Roots;
  /** Types of the quantifier variables, by slot. */
  readonly variables: readonly StaticType[];
}

function typeOf(context: Context, node: Expression): StaticType {
  switch (node.kind) {
    case 'literal':
      return node.value === null ? NULL : scalar(typeof node.value);
    case 'list':
      return listOf(
        node.items.map((item) => typeOf(context, item)).reduce(homogeneous(context, node), DYN),
      );
    case 'path':
      return pathType(context, node);
    case 'variable':
      return context.variables[node.slot] ?? DYN;
    case 'field':
      return fieldType(context, typeOf(context, node.target), node.name, node.at);
    case 'index':
      return indexType(context, node);
    case 'has':
      typeOf(context, node.operand);
      return BOOLEAN;
    case 'not':
      return expect(context, node.operand, BOOLEAN);
    case 'negate':
      return expect(context, node.operand, NUMBER);
    case 'and':
    case 'or':
      expect(context, node.left, BOOLEAN);
      return expect(context, node.right, BOOLEAN);
    case 'compare':
      return compareType(context, node);
    case 'in':
      return membershipType(context, node);
    case 'arithmetic':
      return arithmeticType(context, node);
    case 'conditional':
      expect(context, node.test, BOOLEAN);
      return branchType(context, node.whenTrue, node.whenFalse);
    case 'string':
      expect(context, node.target, STRING);
      expect(context, node.argument, STRING);
      return BOOLEAN;
    case 'lowerAscii':
      return expect(context, node.operand, STRING);
    case 'instant':
      expect(context, node.operand, STRING);
      return NUMBER;
    case 'size':
      return sizeType(context, node.operand);
    case 'all':
    case 'exists':
    case 'filter':
      return quantifierType(context, node);
  }
}

function scalar(name: string): StaticType {
  return name === 'string' ? STRING : name === 'number' ? NUMBER : BOOLEAN;
}

function homogeneous(context: Context, list: Expression) {
  return (left: StaticType, right: StaticType): StaticType => {
    if (left.kind === 'dyn' || left.kind === right.kind) return right;
    throwMismatch(context, list.at, `This list mixes ${left.kind} and ${right.kind}.`);
  };
}

function pathType(context: Context, node: NodeOf<'path'>): StaticType {
  const [root = '', ...rest] = node.names;
  const declared = Object.hasOwn(context.roots, root) ? context.roots[root] : undefined;
  if (declared === undefined) {
    const known = Object.keys(context.roots).join(', ');
    throwMismatch(
      context,
      node.at,
      `"${root}" is not declared. Known: ${known}.`,
      'CONDITION_UNKNOWN_NAME',
    );
  }
  return rest.reduce((type, name) => fieldType(context, type, name, node.at), declared);
}

function fieldType(context: Context, target: StaticType, name: string, at: number): StaticType {
  if (target.kind === 'dyn') return DYN;
  if (target.kind !== 'object')
    throwMismatch(context, at, `A ${target.kind} has no field "${name}".`);
  const type = fieldOf(target, name);
  if (type !== undefined) return type;
  const known = Object.keys(target.fields).join(', ') || 'none';
  throwMismatch(
    context,
    at,
    `There is no field "${name}". Known: ${known}.`,
    'CONDITION_UNKNOWN_FIELD',
  );
}

function indexType(context: Context, node: NodeOf<'index'>): StaticType {
  const target = typeOf(context, node.target);
  const index = typeOf(context, node.index);
  if (target.kind === 'list' && (index.kind === 'number' || index.kind === 'dyn'))
    return target.items;
  const text = index.kind === 'string' || index.kind === 'dyn';
  if (target.kind === 'object' && target.rest !== undefined && text) return target.rest;
  if (target.kind === 'dyn') return DYN;
  throwMismatch(context, node.at, `A ${target.kind} cannot be indexed by a ${index.kind}.`);
}

function compareType(context: Context, node: NodeOf<'compare'>): StaticType {
  const left = typeOf(context, node.left);
  const right = typeOf(context, node.right);
  const equality = node.operator === '==' || node.operator === '!=';
  const fits = equality ? comparable(left, right) : isNumeric(left) && isNumeric(right);
  if (!fits)
    throwMismatch(
      context,
      node.at,
      `"${node.operator}" does not compare ${left.kind} with ${right.kind}.`,
    );
  return BOOLEAN;
}

function isNumeric(type: StaticType): boolean {
  return type.kind === 'number' || type.kind === 'dyn';
}

/** Scalars of one type, or either of them null or unknown; lists and objects are never compared. */
function comparable(left: StaticType, right: StaticType): boolean {
  const scalars = [left, right].every((type) => type.kind !== 'list' && type.kind !== 'object');
  if (left.kind === 'null' || right.kind === 'null') return true;
  return scalars && (left.kind === right.kind || left.kind === 'dyn' || right.kind === 'dyn');
}

function membershipType(context: Context, node: NodeOf<'in'>): StaticType {
  const item = typeOf(context, node.left);
  const list = typeOf(context, node.right);
  if (list.kind === 'object' && list.rest !== undefined && node.left.kind !== 'literal') {
    expect(context, node.left, STRING);
    return BOOLEAN;
  }
  if (list.kind !== 'list' && list.kind !== 'dyn') {
    throwMismatch(
      context,
      node.right.at,
      `"in" searches a list, not a ${list.kind}. Use has() for fields.`,
    );
  }
  const items = list.kind === 'list' ? list.items : DYN;
  if (!comparable(item, items)) {
    throwMismatch(context, node.at, `A list of ${items.kind} never holds a ${item.kind}.`);
  }
  return BOOLEAN;
}

function arithmeticType(context: Context, node: NodeOf<'arithmetic'>): StaticType {
  const left = typeOf(context, node.left);
  const right = typeOf(context, node.right);
  const joined = left.kind === 'dyn' ? right : left;
  const concatenates = node.operator === '+' && joined.kind === 'string';
  const fits = joined.kind === 'number' || joined.kind === 'dyn' || concatenates;
  if (fits && (left.kind === 'dyn' || right.kind === 'dyn' || left.kind === right.kind))
    return joined;
  throwMismatch(
    context,
    node.at,
    `"${node.operator}" does not join ${left.kind} and ${right.kind}.`,
  );
}

function branchType(context: Context, whenTrue: Expression, whenFalse: Expression): StaticType {
  const left = typeOf(context, whenTrue);
  const right = typeOf(context, whenFalse);
  const known = left.kind !== 'dyn' && right.kind !== 'dyn';
  if (!known || left.kind === right.kind) return join(left, right);
  throwMismatch(context, whenFalse.at, `The branches differ: ${left.kind} and ${right.kind}.`);
}

function sizeType(context: Context, operand: Expression): StaticType {
  const type = typeOf(context, operand);
  if (
    type.kind === 'string' ||
    type.kind === 'dyn' ||
    type.kind === 'list' ||
    type.kind === 'object'
  )
    return NUMBER;
  throwMismatch(context, operand.at, `A ${type.kind} has no size.`);
}

function quantifierType(context: Context, node: NodeOf<'all' | 'exists' | 'filter'>): StaticType {
  const list = typeOf(context, node.list);
  if (list.kind !== 'list' && list.kind !== 'dyn') {
    throwMismatch(context, node.list.at, `${node.kind}() goes over a list, not a ${list.kind}.`);
  }
  const item = list.kind === 'list' ? list.items : DYN;
  expect({ ...context, variables: [...context.variables, item] }, node.body, BOOLEAN);
  return node.kind === 'filter' ? listOf(item) : BOOLEAN;
}

function expect(context: Context, node: Expression, wanted: StaticType): StaticType {
  const found = typeOf(context, node);
  if (found.kind === wanted.kind || found.kind === 'dyn') return wanted;
  throwMismatch(context, node.at, `Expected a ${wanted.kind}, found a ${found.kind}.`);
}

function throwMismatch(
  context: Context,
  at: number,
  message: string,
  code: ConditionErrorCode = 'CONDITION_TYPE_MISMATCH',
): never {
  throw errorAt(context.source, at, code, message);
}
