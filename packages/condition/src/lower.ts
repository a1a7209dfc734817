import type { ASTNode } from '@marcbachmann/cel-js';
import { type ConditionErrorCode, errorAt } from './error.js';
import {
  type ArithmeticOperator,
  type CompareOperator,
  type Expression,
  formatPath,
  type Scalar,
} from './expression.js';

type AstOf<K extends ASTNode['op']> = Extract<ASTNode, { op: K }>;
type Variables = ReadonlyMap<string, number>;

const MAX_NESTED_QUANTIFIERS = 4;
const QUANTIFIERS = new Set(['all', 'exists', 'filter']);

/** Turns a parsed expression into ours, refusing everything the language leaves out. */
export function lower(source: string, ast: ASTNode): Expression {
  return lowerNode({ source, refuse: refuser(source) }, ast, new Map());
}

interface Context {
  readonly source: string;
  readonly refuse: (at: number, message: string, code?: ConditionErrorCode) => never;
}

function refuser(source: string): Context['refuse'] {
  return (at, message, code = 'CONDITION_UNSUPPORTED') => {
    throw errorAt(source, at, code, message);
  };
}

function lowerNode(context: Context, node: ASTNode, variables: Variables): Expression {
  const at = node.start;
  const down = (child: ASTNode): Expression => lowerNode(context, child, variables);
  switch (node.op) {
    case 'value':
      return { kind: 'literal', at, value: literal(context, node) };
    case 'list':
      return { kind: 'list', at, items: node.args.map(down) };
    case 'id': {
      const slot = variables.get(node.args);
      if (slot !== undefined) return { kind: 'variable', at, name: node.args, slot };
      return { kind: 'path', at, path: node.args, names: [node.args] };
    }
    case '.':
      return field(down(node.args[0]), node.args[1], node.pos);
    case '[]':
      return index(context, down(node.args[0]), down(node.args[1]), at);
    case '!_':
      return { kind: 'not', at, operand: down(node.args) };
    case '-_':
      return negate(down(node.args), at);
    case '&&':
      return { kind: 'and', at, left: down(node.args[0]), right: down(node.args[1]) };
    case '||':
      return { kind: 'or', at, left: down(node.args[0]), right: down(node.args[1]) };
    case 'in':
      return { kind: 'in', at, left: down(node.args[0]), right: down(node.args[1]) };
    case '?:': {
      const [test, whenTrue, whenFalse] = node.args;
      return {
        kind: 'conditional',
        at,
        test: down(test),
        whenTrue: down(whenTrue),
        whenFalse: down(whenFalse),
      };
    }
    case 'call':
      return call(context, node, variables);
    case 'rcall':
      return method(context, node, variables);
    default:
      return binary(context, node, down);
  }
}

/** Every number is a double, as in JSON; an integer that a double cannot hold is refused. */
function literal(context: Context, node: AstOf<'value'>): Scalar {
  const value = node.args;
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    context.refuse(node.start, 'This integer is beyond 2^53 - 1.', 'CONDITION_NUMBER');
  }
  if (value === null || typeof value !== 'object') return value;
  context.refuse(node.start, 'Unsigned and byte literals are not part of the language.');
}

const COMPARE = new Set<string>(['==', '!=', '<', '<=', '>', '>=']);
const ARITHMETIC = new Set<string>(['+', '-', '*', '/']);

function binary(context: Context, node: ASTNode, down: (child: ASTNode) => Expression): Expression {
  const at = node.start;
  const operands = node.args as readonly ASTNode[];
  const [left, right] = operands;
  if (
    left === undefined ||
    right === undefined ||
    !(COMPARE.has(node.op) || ARITHMETIC.has(node.op))
  ) {
    context.refuse(at, `The operator "${node.op}" is not part of the language.`);
  }
  const both = { at, left: down(left), right: down(right) };
  return COMPARE.has(node.op)
    ? { kind: 'compare', operator: node.op as CompareOperator, ...both }
    : { kind: 'arithmetic', operator: node.op as ArithmeticOperator, ...both };
}

/** `request.args` and `args` are one place and get one path. */
function field(target: Expression, name: string, at: number): Expression {
  if (target.kind !== 'path') return { kind: 'field', at, target, name };
  const names = [...target.names, name];
  const short = names[0] === 'request' && names[1] === 'args' ? names.slice(1) : names;
  return { kind: 'path', at, path: formatPath(short), names: short };
}

function index(context: Context, target: Expression, key: Expression, at: number): Expression {
  if (key.kind === 'literal' && typeof key.value === 'string') return field(target, key.value, at);
  if (key.kind === 'literal' && !(Number.isInteger(key.value) && Number(key.value) >= 0)) {
    context.refuse(key.at, 'An index is a string or a whole number.', 'CONDITION_TYPE_MISMATCH');
  }
  return { kind: 'index', at, target, index: key };
}

function negate(operand: Expression, at: number): Expression {
  if (operand.kind === 'literal' && typeof operand.value === 'number') {
    return { kind: 'literal', at, value: -operand.value };
  }
  return { kind: 'negate', at, operand };
}

function call(context: Context, node: AstOf<'call'>, variables: Variables): Expression {
  const [name, given] = node.args;
  const [only] = given;
  if (only === undefined || given.length !== 1)
    return throwUnknownFunction(context, node.start, name);
  const operand = lowerNode(context, only, variables);
  if (name === 'size' || name === 'instant') return { kind: name, at: node.start, operand };
  if (name !== 'has') return throwUnknownFunction(context, node.start, name);
  if (operand.kind === 'field' || (operand.kind === 'path' && operand.names.length > 1)) {
    return { kind: 'has', at: node.start, operand };
  }
  context.refuse(node.start, 'has() takes a field, as in has(args.amount).');
}

function method(context: Context, node: AstOf<'rcall'>, variables: Variables): Expression {
  const [name, receiver, given] = node.args;
  const at = node.start;
  if (QUANTIFIERS.has(name)) return quantifier(context, node, variables);
  if (name === 'matches') {
    const hint = 'Use startsWith, endsWith, contains or a list instead.';
    context.refuse(
      at,
      `Regular expressions are not part of the language. ${hint}`,
      'CONDITION_REGEX',
    );
  }
  const [only] = given;
  const target = (): Expression => lowerNode(context, receiver, variables);
  if (given.length === 0 && (name === 'size' || name === 'lowerAscii')) {
    return { kind: name, at, operand: target() };
  }
  if (only !== undefined && given.length === 1) {
    if (name === 'startsWith' || name === 'endsWith' || name === 'contains') {
      const argument = lowerNode(context, only, variables);
      return { kind: 'string', at, name, target: target(), argument };
    }
  }
  return throwUnknownFunction(context, at, name);
}

function quantifier(context: Context, node: AstOf<'rcall'>, variables: Variables): Expression {
  const [name, receiver, [variable, body]] = node.args;
  const known = name === 'all' || name === 'exists' || name === 'filter';
  if (!known || variable?.op !== 'id' || body === undefined) {
    return throwUnknownFunction(context, node.start, name);
  }
  const slot = variables.size;
  if (slot >= MAX_NESTED_QUANTIFIERS || variables.has(variable.args)) {
    const message = `At most ${MAX_NESTED_QUANTIFIERS} nested quantifiers, each with its own variable.`;
    context.refuse(node.start, message, 'CONDITION_TOO_COMPLEX');
  }
  const inner = new Map([...variables, [variable.args, slot]]);
  const list = lowerNode(context, receiver, variables);
  return { kind: name, at: node.start, list, slot, body: lowerNode(context, body, inner) };
}

function throwUnknownFunction(context: Context, at: number, name: string): never {
  const known =
    'has, size, startsWith, endsWith, contains, lowerAscii, instant, all, exists, filter';
  context.refuse(at, `There is no such use of "${name}". The functions are: ${known}.`);
}
