import type { Expression } from '@spanforge/condition';

/** Prints other text instead of a node; `undefined` prints the node itself. */
export type Replace = (node: Expression) => string | undefined;

/**
 * Prints a condition as source, with every operand in parentheses. Variables are named by their
 * slot, so that the text has the same meaning wherever it is inserted in a condition.
 */
export function printCondition(node: Expression, replace: Replace = () => undefined): string {
  const print = (one: Expression): string => {
    const text = replace(one) ?? printNode(one, print);
    return ATOMS.has(one.kind) ? text : `(${text})`;
  };
  return print(node);
}

const ATOMS: ReadonlySet<string> = new Set(['literal', 'path', 'variable', 'list']);

type Print = (node: Expression) => string;

function printNode(node: Expression, print: Print): string {
  switch (node.kind) {
    case 'literal':
      return printLiteral(node.value);
    case 'list':
      return `[${node.items.map(print).join(', ')}]`;
    case 'path':
      return node.path;
    case 'variable':
      return variableName(node.slot);
    case 'field':
      return `${print(node.target)}[${JSON.stringify(node.name)}]`;
    case 'index':
      return `${print(node.target)}[${print(node.index)}]`;
    case 'has':
      return `has(${printHeld(node.operand, print)})`;
    case 'not':
      return `!${print(node.operand)}`;
    case 'negate':
      return `-${print(node.operand)}`;
    case 'size':
    case 'instant':
      return `${node.kind}(${print(node.operand)})`;
    case 'lowerAscii':
      return `${print(node.operand)}.lowerAscii()`;
    case 'conditional':
      return `${print(node.test)} ? ${print(node.whenTrue)} : ${print(node.whenFalse)}`;
    case 'string':
      return `${print(node.target)}.${node.name}(${print(node.argument)})`;
    case 'all':
    case 'exists':
    case 'filter':
      return `${print(node.list)}.${node.kind}(${variableName(node.slot)}, ${print(node.body)})`;
    default:
      return `${print(node.left)} ${operatorOf(node)} ${print(node.right)}`;
  }
}

/** The name a variable has in printed conditions. */
export function variableName(slot: number): string {
  return `item${slot}`;
}

function printLiteral(value: string | number | boolean | null): string {
  return typeof value === 'number' && value < 0 ? `(${value})` : JSON.stringify(value);
}

/** The operand of `has()` is a field, without parentheses. */
function printHeld(node: Expression, print: Print): string {
  return node.kind === 'field' ? printNode(node, print) : print(node);
}

const OPERATORS: Readonly<Record<string, string>> = { and: '&&', or: '||', in: 'in' };

function operatorOf(node: Extract<Expression, { left: Expression }>): string {
  return 'operator' in node ? node.operator : (OPERATORS[node.kind] ?? node.kind);
}
