import type { CompareOperator, Expression, NodeOf, Scalar } from './expression.js';

/**
 * The part of the language that can be analysed without evaluating it, as data.
 *
 * A test on a path is true or false when the value is there and has the type of the constant,
 * and indeterminate otherwise; `and`, `or` and `not` join three-valued, as in evaluation.
 */
export type Fragment =
  | { readonly op: 'and' | 'or'; readonly terms: readonly Fragment[] }
  | { readonly op: 'not'; readonly term: Fragment }
  | { readonly op: 'constant'; readonly value: boolean }
  /** The value itself: indeterminate if it is null, unlike a comparison with `true`. */
  | { readonly op: 'holds'; readonly path: string }
  | { readonly op: CompareOperator; readonly path: string; readonly value: Scalar }
  | { readonly op: 'in'; readonly path: string; readonly values: readonly Scalar[] }
  | { readonly op: 'member'; readonly path: string; readonly value: Scalar }
  | {
      readonly op: 'startsWith' | 'endsWith' | 'contains';
      readonly path: string;
      readonly value: string;
    }
  | { readonly op: 'has'; readonly path: string };

/** Returns the analysable form, or `undefined` if any part has none. */
export function fragmentOf(node: Expression): Fragment | undefined {
  switch (node.kind) {
    case 'literal':
      return typeof node.value === 'boolean' ? { op: 'constant', value: node.value } : undefined;
    case 'path':
      return { op: 'holds', path: node.path };
    case 'has':
      return node.operand.kind === 'path' ? { op: 'has', path: node.operand.path } : undefined;
    case 'not': {
      const term = fragmentOf(node.operand);
      return term === undefined ? undefined : { op: 'not', term };
    }
    case 'and':
    case 'or':
      return joined(node);
    case 'compare':
      return comparison(node);
    case 'in':
      return membership(node);
    case 'string':
      return textTest(node);
    default:
      return undefined;
  }
}

/** `a && b && c` reads as one conjunction of three. */
function joined(node: NodeOf<'and' | 'or'>): Fragment | undefined {
  const left = fragmentOf(node.left);
  const right = fragmentOf(node.right);
  if (left === undefined || right === undefined) return undefined;
  const terms = [left, right].flatMap((side) =>
    side.op === node.kind && 'terms' in side ? side.terms : [side],
  );
  return { op: node.kind, terms };
}

const MIRRORED: Readonly<Record<CompareOperator, CompareOperator>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function comparison(node: NodeOf<'compare'>): Fragment | undefined {
  const { left, right, operator } = node;
  if (left.kind === 'path' && right.kind === 'literal') {
    return { op: operator, path: left.path, value: right.value };
  }
  if (left.kind === 'literal' && right.kind === 'path') {
    return { op: MIRRORED[operator], path: right.path, value: left.value };
  }
  return undefined;
}

function membership(node: NodeOf<'in'>): Fragment | undefined {
  const { left, right } = node;
  if (left.kind === 'literal' && right.kind === 'path') {
    return { op: 'member', path: right.path, value: left.value };
  }
  if (left.kind !== 'path' || right.kind !== 'list') return undefined;
  const values: Scalar[] = [];
  for (const item of right.items) {
    if (item.kind !== 'literal') return undefined;
    values.push(item.value);
  }
  return { op: 'in', path: left.path, values };
}

function textTest(node: NodeOf<'string'>): Fragment | undefined {
  const { target, argument, name } = node;
  if (target.kind !== 'path' || argument.kind !== 'literal') return undefined;
  return typeof argument.value === 'string'
    ? { op: name, path: target.path, value: argument.value }
    : undefined;
}
