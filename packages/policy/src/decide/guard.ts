import type { Expression, Scalar } from '@spanforge/condition';
import type { PolicyRule } from '../bundle/bundle.js';

/**
 * One part of a condition without which the whole is false: the value at a place is one of some
 * constants, or beyond a limit.
 */
export type Guard = {
  /** Where it stands in the request. */
  readonly keys: readonly string[];
  /** Equal for guards that can be looked up together. */
  readonly group: string;
} & (
  | { readonly kind: 'equal'; readonly type: string; readonly values: readonly Scalar[] }
  | { readonly kind: 'above' | 'below'; readonly limit: number }
);

/** Every guard a rule has. */
export function guardsOf({ when }: PolicyRule): readonly Guard[] {
  if (when === undefined) return [];
  return conjuncts(when.expression).flatMap((part) => guardIn(part) ?? []);
}

/** As in the language: one side that is false makes `&&` false, whatever the other is. */
function conjuncts(node: Expression): readonly Expression[] {
  return node.kind === 'and' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node];
}

function guardIn(node: Expression): Guard | undefined {
  if (node.kind === 'in' && node.left.kind === 'path' && node.right.kind === 'list') {
    const values = node.right.items.map((item) => (item.kind === 'literal' ? item.value : null));
    return equalGuard(node.left.names, values);
  }
  if (node.kind !== 'compare') return undefined;
  const { left, right, operator } = node;
  if (left.kind === 'path' && right.kind === 'literal') {
    return comparison(left.names, operator, right.value);
  }
  if (left.kind === 'literal' && right.kind === 'path') {
    return comparison(right.names, MIRRORED[operator], left.value);
  }
  return undefined;
}

const MIRRORED = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function comparison(
  names: readonly string[],
  operator: keyof typeof MIRRORED,
  value: Scalar,
): Guard | undefined {
  if (operator === '==') return equalGuard(names, [value]);
  const keys = keysOf(names);
  if (operator === '!=' || keys === undefined || typeof value !== 'number') return undefined;
  const kind = operator.startsWith('>') ? 'above' : 'below';
  return { kind, keys, group: JSON.stringify([kind, keys]), limit: value };
}

function equalGuard(names: readonly string[], values: readonly Scalar[]): Guard | undefined {
  const keys = keysOf(names);
  const type = typeof values[0];
  const fits = values.every((value) => value !== null && typeof value === type);
  if (keys === undefined || values.length === 0 || !fits) return undefined;
  return { kind: 'equal', keys, group: JSON.stringify(['equal', type, keys]), type, values };
}

/** Time is no part of a request; everything else stands there as conditions name it. */
function keysOf(names: readonly string[]): readonly string[] | undefined {
  if (names[0] === 'time') return undefined;
  return names[0] === 'request' ? names.slice(1) : names;
}
