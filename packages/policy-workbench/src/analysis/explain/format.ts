import type { Expression } from '@spanforge/condition';

/** Writes an expression as conditions are written. */
export function formatExpression(node: Expression): string {
  const inner = (child: Expression): string =>
    BINARY.has(child.kind) ? `(${formatExpression(child)})` : formatExpression(child);
  switch (node.kind) {
    case 'literal':
      return JSON.stringify(node.value);
    case 'list':
      return `[${node.items.map(formatExpression).join(', ')}]`;
    case 'path':
      return node.path;
    case 'variable':
      return node.name;
    case 'field':
      return `${inner(node.target)}.${node.name}`;
    case 'index':
      return `${inner(node.target)}[${formatExpression(node.index)}]`;
    case 'not':
      return `!${inner(node.operand)}`;
    case 'negate':
      return `-${inner(node.operand)}`;
    case 'has':
    case 'size':
    case 'instant':
      return `${node.kind}(${formatExpression(node.operand)})`;
    case 'lowerAscii':
      return `${inner(node.operand)}.lowerAscii()`;
    case 'string':
      return `${inner(node.target)}.${node.name}(${formatExpression(node.argument)})`;
    case 'conditional':
      return `${inner(node.test)} ? ${inner(node.whenTrue)} : ${inner(node.whenFalse)}`;
    case 'all':
    case 'exists':
    case 'filter':
      return `${inner(node.list)}.${node.kind}(${variableOf(node)}, ${formatExpression(node.body)})`;
    case 'and':
      return `${inner(node.left)} && ${inner(node.right)}`;
    case 'or':
      return `${inner(node.left)} || ${inner(node.right)}`;
    case 'in':
      return `${inner(node.left)} in ${inner(node.right)}`;
    default:
      return `${inner(node.left)} ${node.operator} ${inner(node.right)}`;
  }
}

const BINARY: ReadonlySet<Expression['kind']> = new Set([
  'and',
  'or',
  'in',
  'compare',
  'arithmetic',
  'conditional',
]);

/** The tree keeps the variable's name only where it is read. */
function variableOf(node: Extract<Expression, { slot: number; body: Expression }>): string {
  let name = '_';
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    if ('kind' in part && part.kind === 'variable' && 'slot' in part && part.slot === node.slot) {
      name = String((part as { name?: unknown }).name);
    }
    for (const value of Object.values(part)) visit(value);
  };
  visit(node.body);
  return name;
}

/** The parts that all have to be true. */
export function conjunctsOf(node: Expression): readonly Expression[] {
  return node.kind === 'and' ? [...conjunctsOf(node.left), ...conjunctsOf(node.right)] : [node];
}

/** Every place an expression reads: the path as it is written, with its names. */
export function pathsOf(node: Expression): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    const { kind, path, names } = part as Partial<Extract<Expression, { kind: 'path' }>>;
    if (kind === 'path' && path !== undefined && names !== undefined) found.set(path, names);
    for (const value of Object.values(part)) visit(value);
  };
  visit(node);
  return found;
}
