/** A constant that a condition can hold. */
export type Scalar = string | number | boolean | null;

/** How two values are compared. */
export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type ArithmeticOperator = '+' | '-' | '*' | '/';
export type StringFunction = 'startsWith' | 'endsWith' | 'contains';

interface Base<K extends string> {
  readonly kind: K;
  /** Offset in the source. */
  readonly at: number;
}

interface Unary<K extends string> extends Base<K> {
  readonly operand: Expression;
}

interface Binary<K extends string> extends Base<K> {
  readonly left: Expression;
  readonly right: Expression;
}

interface Literal extends Base<'literal'> {
  readonly value: Scalar;
}

interface List extends Base<'list'> {
  readonly items: readonly Expression[];
}

/** A root followed by constant field names, such as `args.amount`. */
interface Path extends Base<'path'> {
  readonly path: string;
  /** The root, then the fields. */
  readonly names: readonly string[];
}

interface Variable extends Base<'variable'> {
  readonly name: string;
  readonly slot: number;
}

interface Field extends Base<'field'> {
  readonly target: Expression;
  readonly name: string;
}

interface Index extends Base<'index'> {
  readonly target: Expression;
  readonly index: Expression;
}

interface Has extends Base<'has'> {
  readonly operand: Path | Field;
}

interface Compare extends Binary<'compare'> {
  readonly operator: CompareOperator;
}

interface Arithmetic extends Binary<'arithmetic'> {
  readonly operator: ArithmeticOperator;
}

interface Conditional extends Base<'conditional'> {
  readonly test: Expression;
  readonly whenTrue: Expression;
  readonly whenFalse: Expression;
}

interface StringTest extends Base<'string'> {
  readonly name: StringFunction;
  readonly target: Expression;
  readonly argument: Expression;
}

interface Quantifier<K extends string> extends Base<K> {
  readonly list: Expression;
  readonly slot: number;
  readonly body: Expression;
}

/** A condition after parsing: only what the language allows. */
export type Expression =
  | Literal
  | List
  | Path
  | Variable
  | Field
  | Index
  | Has
  | Unary<'not'>
  | Unary<'negate'>
  | Unary<'size'>
  | Unary<'lowerAscii'>
  | Unary<'instant'>
  | Binary<'and'>
  | Binary<'or'>
  | Binary<'in'>
  | Compare
  | Arithmetic
  | Conditional
  | StringTest
  | Quantifier<'all'>
  | Quantifier<'exists'>
  | Quantifier<'filter'>;

export type NodeOf<K extends Expression['kind']> = Extract<Expression, { kind: K }>;

/** Writes a path as conditions do; a name that is no identifier is quoted in brackets. */
export function formatPath(names: readonly string[]): string {
  return names
    .map((name, position) => {
      if (position === 0) return name;
      return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
    })
    .join('');
}

/** The path that a node reads, if it reads one; an element of a list is written `[]`. */
export function placeOf(node: Expression): string | undefined {
  switch (node.kind) {
    case 'path':
      return node.path;
    case 'variable':
      return node.name;
    case 'field':
      return `${placeOf(node.target) ?? ''}.${node.name}`;
    case 'index':
      return `${placeOf(node.target) ?? ''}[]`;
    default:
      return undefined;
  }
}

/** The nodes directly below a node, in the order they are written. */
export function children(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'literal':
    case 'path':
    case 'variable':
      return [];
    case 'list':
      return node.items;
    case 'field':
      return [node.target];
    case 'index':
      return [node.target, node.index];
    case 'has':
    case 'not':
    case 'negate':
    case 'size':
    case 'lowerAscii':
    case 'instant':
      return [node.operand];
    case 'conditional':
      return [node.test, node.whenTrue, node.whenFalse];
    case 'string':
      return [node.target, node.argument];
    case 'all':
    case 'exists':
    case 'filter':
      return [node.list, node.body];
    default:
      return [node.left, node.right];
  }
}
