import type { Expression } from '@spanforge/condition';
import { readInstant } from './calendar.js';
import { fieldSchemas, fitsSchemas } from './schema-fit.js';
import { fieldOf, isList, isMap, isNumber, isScalar, MISSING, UNKNOWN } from './value.js';

/** What an expression is evaluated on. */
export interface Scene {
  readonly roots: Readonly<Record<string, unknown>>;
  readonly variables: readonly unknown[];
  readonly zone: string;
  /** What JSON Schemas say together of each place that can be typed, by its first name or names. */
  readonly schemas: ReadonlyMap<string, readonly unknown[]>;
}

/** The value of an expression, or why there is none; as the language defines it, one node at a time. */
export function evaluate(node: Expression, scene: Scene): unknown {
  const value = (child: Expression): unknown => evaluate(child, scene);
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'list':
      return allKnown(node.items.map(value), (items) => items);
    case 'path':
      return valueAt(scene, node.names);
    case 'variable':
      return scene.variables[node.slot];
    case 'field':
      return known(value(node.target), (holder) => fieldOf(holder, node.name));
    case 'index':
      return allKnown([value(node.target), value(node.index)], ([holder, key]) => {
        if (typeof key === 'string') return fieldOf(holder, key);
        if (!isList(holder) || !Number.isInteger(key)) return UNKNOWN;
        const item: unknown = holder[key as number];
        return item === undefined ? MISSING : item;
      });
    case 'has':
      return has(node.operand, scene);
    case 'not':
      return not(truth(value(node.operand)));
    case 'and':
      return and(truth(value(node.left)), truth(value(node.right)));
    case 'or':
      return not(and(not(truth(value(node.left))), not(truth(value(node.right)))));
    case 'conditional': {
      const test = truth(value(node.test));
      return known(test, () => value(test === true ? node.whenTrue : node.whenFalse));
    }
    case 'compare':
      return allKnown([value(node.left), value(node.right)], ([a, b]) =>
        compare(node.operator, a, b),
      );
    case 'in':
      return allKnown([value(node.left), value(node.right)], ([item, holder]) =>
        isMap(holder) && node.left.kind !== 'literal' && typeof item === 'string'
          ? Object.hasOwn(holder, item)
          : memberOf(item, holder),
      );
    case 'negate':
      return known(value(node.operand), (a) => (isNumber(a) ? -a : UNKNOWN));
    case 'arithmetic':
      return allKnown([value(node.left), value(node.right)], ([a, b]) =>
        calculate(node.operator, a, b),
      );
    case 'string':
      return allKnown([value(node.target), value(node.argument)], ([text, part]) =>
        typeof text === 'string' && typeof part === 'string'
          ? text[node.name === 'contains' ? 'includes' : node.name](part)
          : UNKNOWN,
      );
    case 'lowerAscii':
      return known(value(node.operand), (text) =>
        typeof text === 'string' ? [...text].map(lowerLetter).join('') : UNKNOWN,
      );
    case 'size':
      return known(value(node.operand), size);
    case 'instant':
      return known(value(node.operand), (text) =>
        typeof text === 'string' ? (readInstant(text, scene.zone) ?? UNKNOWN) : UNKNOWN,
      );
    case 'all':
    case 'exists':
    case 'filter':
      return known(value(node.list), (list) => {
        if (!isList(list)) return UNKNOWN;
        const holds = (item: unknown): unknown => {
          const variables = [...scene.variables];
          variables[node.slot] = item;
          return truth(evaluate(node.body, { ...scene, variables }));
        };
        const truths = list.map(holds);
        if (node.kind === 'all') return truths.reduce(and, true);
        if (node.kind === 'exists') return not(truths.map(not).reduce(and, true));
        return allKnown(truths, () => list.filter((_item, index) => truths[index] === true));
      });
  }
}

function valueAt(scene: Scene, names: readonly string[], deep = true): unknown {
  const keys = names[0] === 'args' ? ['request', ...names] : names;
  const value = keys.reduce<unknown>(
    (holder, name) => known(holder, () => fieldOf(holder, name)),
    scene.roots,
  );
  return known(value, () => (isDeclared(scene, names, value, deep) ? value : UNKNOWN));
}

/** Whether a value is what is declared about its place. */
function isDeclared(
  { schemas }: Scene,
  names: readonly string[],
  value: unknown,
  deep: boolean,
): boolean {
  const [root = '', fact = '', ...rest] = names;
  if (root !== 'facts') {
    const declared = names.slice(1).reduce(fieldSchemas, schemas.get(root) ?? []);
    return fitsSchemas(declared, value, deep);
  }
  if (names.length > 1) {
    const declared = rest.reduce(fieldSchemas, schemas.get(`facts.${fact}`) ?? []);
    return fitsSchemas(declared, value, deep);
  }
  if (!isMap(value)) return schemas.size === 0;
  return (
    !deep ||
    Object.entries(value).every(
      ([name, one]) =>
        one === undefined || fitsSchemas(schemas.get(`facts.${name}`) ?? [], one, true),
    )
  );
}

/** Absent where it, or something above it, is not there or null. */
function has(operand: Extract<Expression, { kind: 'has' }>['operand'], scene: Scene): unknown {
  const holder =
    operand.kind === 'path'
      ? valueAt(scene, operand.names.slice(0, -1), false)
      : evaluate(operand.target, scene);
  if (holder === MISSING || holder === null) return false;
  const name = operand.kind === 'path' ? operand.names[operand.names.length - 1] : operand.name;
  const found = known(holder, () => fieldOf(holder, name ?? ''));
  return found === UNKNOWN ? UNKNOWN : found !== MISSING;
}

function known(value: unknown, use: (value: unknown) => unknown): unknown {
  return value === MISSING || value === UNKNOWN ? value : use(value);
}

function allKnown(
  values: readonly unknown[],
  use: (values: readonly unknown[]) => unknown,
): unknown {
  const gap = values.find((value) => value === MISSING || value === UNKNOWN);
  return gap === undefined ? use(values) : gap;
}

function truth(value: unknown): unknown {
  return known(value, () => (typeof value === 'boolean' ? value : UNKNOWN));
}

function not(value: unknown): unknown {
  return typeof value === 'boolean' ? !value : value;
}

/** False decides whatever the other side is; else what is unknown stays so. */
function and(a: unknown, b: unknown): unknown {
  if (a === false || b === false) return false;
  return a === true ? b : a;
}

function compare(operator: string, a: unknown, b: unknown): unknown {
  if (operator === '==') return equal(a, b);
  if (operator === '!=') return not(equal(a, b));
  if (!isNumber(a) || !isNumber(b)) return UNKNOWN;
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}

function equal(a: unknown, b: unknown): unknown {
  if (a === null || b === null) return a === b;
  return isScalar(a) && isScalar(b) && typeof a === typeof b ? a === b : UNKNOWN;
}

function memberOf(item: unknown, list: unknown): unknown {
  if (!isList(list)) return UNKNOWN;
  return not(list.map((other) => not(equal(item, other))).reduce(and, true));
}

function calculate(operator: string, a: unknown, b: unknown): unknown {
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b;
  if (!isNumber(a) || !isNumber(b)) return UNKNOWN;
  const sums: Readonly<Record<string, number>> = { '+': a + b, '-': a - b, '*': a * b, '/': a / b };
  return isNumber(sums[operator]) ? sums[operator] : UNKNOWN;
}

function lowerLetter(letter: string): string {
  return letter >= 'A' && letter <= 'Z' ? letter.toLowerCase() : letter;
}

function size(value: unknown): unknown {
  if (isList(value)) return value.length;
  if (typeof value === 'string') return [...value].length;
  if (!isMap(value)) return UNKNOWN;
  // Only an object of fields has a size: no set, no date, none that inherits its fields.
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain ? Object.keys(value).length : UNKNOWN;
}
