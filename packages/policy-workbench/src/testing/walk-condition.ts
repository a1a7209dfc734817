import type { Expression } from '@spanforge/condition';

/** A quantifier whose body contains a node. */
export type Quantifier = Extract<Expression, { readonly slot: number; readonly list: Expression }>;

/** A node of a condition, and the quantifiers around it, the outermost first. */
export interface Visited {
  readonly node: Expression;
  readonly inside: readonly Quantifier[];
}

/** Every node of a condition, parents before children, in the order in which they are written. */
export function walkCondition(
  node: Expression,
  inside: readonly Quantifier[] = [],
): readonly Visited[] {
  const below = (child: Expression): readonly Visited[] => walkCondition(child, inside);
  const here: Visited = { node, inside };
  switch (node.kind) {
    case 'literal':
    case 'path':
    case 'variable':
      return [here];
    case 'list':
      return [here, ...node.items.flatMap(below)];
    case 'field':
      return [here, ...below(node.target)];
    case 'index':
      return [here, ...below(node.target), ...below(node.index)];
    case 'conditional':
      return [here, ...[node.test, node.whenTrue, node.whenFalse].flatMap(below)];
    case 'string':
      return [here, ...below(node.target), ...below(node.argument)];
    case 'all':
    case 'exists':
    case 'filter':
      return [here, ...below(node.list), ...walkCondition(node.body, [...inside, node])];
    case 'and':
    case 'or':
    case 'in':
    case 'compare':
    case 'arithmetic':
      return [here, ...below(node.left), ...below(node.right)];
    default:
      return [here, ...below(node.operand)];
  }
}
