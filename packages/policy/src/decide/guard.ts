import type { Expression, Scalar } from '@spanforge/condition';
import type { PolicyRule } from '../bundle/bundle.js';

/**
 * A necessary part of a condition (if it is false, so is the whole): the value at a path is one of
 * some constants, or beyond a limit.
 */
export type Guard = {
  /** Path in the request. */
  readonly keys: readonly string[];
  /** Equal for guards that can be looked up together. */
  readonly group: string;
} & (
  | { readonly kind: 'equal'; readonly type: string; readonly values: readonly Scalar[] }
  | { readonly kind: 'above' | 'below'; readonly limit: number }
  | { readonly kind: 'truth'; readonly values: readonly [true] }
);

/** Alternative guards: if a request passes none of them, the condition is false. */
export type Guards = readonly Guard[];

/** Every guard in a rule's condition. */
export function guardsOf({ when }: PolicyRule): Guards {
  const visit = (node: Expression): Guards =>
    isJoin(node) ? [...visit(node.left), ...visit(node.right)] : guardIn(node);
  return when === undefined ? [] : visit(when.expression);
}

/** The most selective guards of a rule, by a given measure; `undefined` when it has none. */
export function bestGuards(
  { when }: PolicyRule,
  tells: (guard: Guard) => number,
): Guards | undefined {
  const least = (guards: Guards): number => Math.min(...guards.map(tells));
  // As in the language: `&&` is false when either side is false, even if the other is indeterminate;
  // `||` is false only when both sides are.
  const visit = (node: Expression): Guards | undefined => {
    if (!isJoin(node)) {
      const found = guardIn(node);
      return found.length === 0 ? undefined : found;
    }
    const [left, right] = [visit(node.left), visit(node.right)];
    if (node.kind === 'or') return left && right && [...left, ...right];
    if (left === undefined || right === undefined) return left ?? right;
    return least(right) > least(left) ? right : left;
  };
  return when === undefined ? undefined : visit(when.expression);
}

const isJoin = (node: Expression): node is Extract<Expression, { readonly kind: 'and' | 'or' }> =>
  node.kind === 'and' || node.kind === 'or';

/** The guard of one part of a condition; empty when it does not have this form. */
function guardIn(node: Expression): Guards {
  const guard = comparing(node);
  return guard === undefined ? [] : [guard];
}

function comparing(node: Expression): Guard | undefined {
  if (node.kind === 'path') return truthGuard(node.names);
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

/** A bare value is false only when it is `false`; null is indeterminate. */
function truthGuard(names: readonly string[]): Guard | undefined {
  const keys = keysOf(names);
  return keys && { kind: 'truth', keys, group: JSON.stringify(['truth', keys]), values: [true] };
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

/** The request path of a condition's field. `time` has none: conditions see calendar fields, not the number. */
function keysOf(names: readonly string[]): readonly string[] | undefined {
  if (names[0] === 'time') return undefined;
  return names[0] === 'request' ? names.slice(1) : names;
}
