import type { CompareOperator, Expression } from '@spanforge/condition';
import {
  bind,
  elementSlot,
  fieldSlot,
  isObject,
  listAt,
  pathSlot,
  type SearchScene,
  type WritablePlace,
} from './draft.js';

type NodeOf<K extends Expression['kind']> = Extract<Expression, { readonly kind: K }>;

/** Evaluates a part of a condition, as precisely as a search needs; `undefined` when it cannot. */
export function guess(node: Expression, scene: SearchScene): unknown {
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'list':
      return node.items.map((item) => guess(item, scene));
    case 'path':
    case 'variable':
    case 'field':
    case 'index':
      return readSlot(node, scene)?.get();
    case 'size': {
      const value = guess(node.operand, scene);
      if (Array.isArray(value) || typeof value === 'string') return value.length;
      return isObject(value) ? Object.keys(value).length : undefined;
    }
    case 'instant': {
      const at = Date.parse(String(guess(node.operand, scene)));
      return Number.isNaN(at) ? undefined : at;
    }
    case 'lowerAscii': {
      const value = guess(node.operand, scene);
      return typeof value === 'string' ? value.toLowerCase() : undefined;
    }
    case 'negate': {
      const value = guess(node.operand, scene);
      return typeof value === 'number' ? -value : undefined;
    }
    case 'arithmetic':
      return arithmetic(node, scene);
    case 'conditional': {
      const test = guess(node.test, scene);
      return typeof test === 'boolean'
        ? guess(test ? node.whenTrue : node.whenFalse, scene)
        : undefined;
    }
    case 'filter':
      return elementsOf(node.list, scene)
        .filter((slot) => guess(node.body, bind(scene, node.slot, slot)) === true)
        .map((slot) => slot.get());
    default:
      return truthOf(node, scene);
  }
}

/** Largest index a list is extended for: a computed index may be any number. */
const MAX_INDEX = 16;

/** The place a part of a condition reads, if it reads one. */
export function readSlot(node: Expression, scene: SearchScene): WritablePlace | undefined {
  switch (node.kind) {
    case 'path':
      return pathSlot(node.names, scene.draft);
    case 'variable':
      return scene.variables[node.slot];
    case 'field': {
      const target = readSlot(node.target, scene);
      return target && fieldSlot(target, node.name);
    }
    case 'index': {
      const list = readSlot(node.target, scene);
      const index = guess(node.index, scene);
      const known = list !== undefined && Number.isInteger(index) && Number(index) < MAX_INDEX;
      return known ? elementSlot(list, Math.max(0, Number(index))) : undefined;
    }
    default:
      return undefined;
  }
}

function truthOf(node: Expression, scene: SearchScene): boolean | undefined {
  switch (node.kind) {
    case 'not':
      return inverse(guess(node.operand, scene));
    case 'and':
    case 'or':
      return joined([node.left, node.right], node.kind === 'or', (one) => guess(one, scene));
    case 'all':
    case 'exists': {
      if (!Array.isArray(guess(node.list, scene))) return undefined;
      const inside = (slot: WritablePlace) => guess(node.body, bind(scene, node.slot, slot));
      return joined(elementsOf(node.list, scene), node.kind === 'exists', inside);
    }
    case 'has':
      return guess(node.operand, scene) !== undefined;
    case 'compare':
      return compared(node.operator, guess(node.left, scene), guess(node.right, scene));
    case 'in': {
      const [item, list] = [guess(node.left, scene), guess(node.right, scene)];
      if (item === undefined) return undefined;
      if (Array.isArray(list)) return list.includes(item);
      return isObject(list) ? Object.hasOwn(list, String(item)) : undefined;
    }
    case 'string': {
      const [text, part] = [guess(node.target, scene), guess(node.argument, scene)];
      if (typeof text !== 'string' || typeof part !== 'string') return undefined;
      if (node.name === 'contains') return text.includes(part);
      return node.name === 'startsWith' ? text.startsWith(part) : text.endsWith(part);
    }
    default:
      return undefined;
  }
}

/** The elements of a list, as places. */
export function elementsOf(list: Expression, scene: SearchScene): readonly WritablePlace[] {
  const slot = readSlot(list, scene);
  if (slot !== undefined) return listAt(slot).map((_, index) => elementSlot(slot, index));
  const values = guess(list, scene);
  if (!Array.isArray(values)) return [];
  return values.map((value: unknown) => ({ get: () => value, set: () => undefined }));
}

const inverse = (value: unknown) => (typeof value === 'boolean' ? !value : undefined);

function joined<T>(
  parts: readonly T[],
  deciding: boolean,
  ask: (part: T) => unknown,
): boolean | undefined {
  const answers = parts.map(ask);
  if (answers.includes(deciding)) return deciding;
  return answers.every((answer) => answer === !deciding) ? !deciding : undefined;
}

function arithmetic(node: NodeOf<'arithmetic'>, scene: SearchScene): number | undefined {
  const [left, right] = [guess(node.left, scene), guess(node.right, scene)];
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  if (node.operator === '+') return left + right;
  if (node.operator === '-') return left - right;
  return node.operator === '*' ? left * right : left / right;
}

function compared(operator: CompareOperator, left: unknown, right: unknown): boolean | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}
