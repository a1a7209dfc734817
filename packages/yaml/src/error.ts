const BRAND: unique symbol = Symbol.for('spanforge.yaml.error');

/** Every code a {@link YamlProblem} can have. */
export type YamlProblemCode =
  | 'YAML_TOO_LARGE'
  | 'YAML_TOO_MANY_PARTS'
  | 'YAML_TOO_DEEP'
  | 'YAML_SYNTAX'
  | 'YAML_EMPTY'
  | 'YAML_SEVERAL_DOCUMENTS'
  | 'YAML_DIRECTIVE'
  | 'YAML_TAG'
  | 'YAML_ALIAS'
  | 'YAML_CHARACTER'
  | 'YAML_DUPLICATE_KEY'
  | 'YAML_KEY'
  | 'YAML_VALUE';

/** A place in a text. */
export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

/** One problem of a text, and its place. */
export interface YamlProblem extends Position {
  readonly code: YamlProblemCode;
  /** The problem as a phrase, without a capital and a full stop. */
  readonly message: string;
}

/** A text that is not one document of plain data within its limits: every problem that was found. */
export class YamlError extends Error {
  /** The code of the first problem. */
  readonly code: YamlProblemCode;
  /** In the order of the text; at least one, at most 100. */
  readonly problems: readonly YamlProblem[];
  readonly [BRAND] = true;

  constructor(
    problems: readonly [YamlProblem, ...YamlProblem[]],
    options: { readonly cause?: unknown } = {},
  ) {
    const [{ code, message, line, column }] = problems;
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
    super(
      `${line}:${column}: ${message}${more}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'YamlError';
    this.code = code;
    this.problems = Object.freeze([...problems]);
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is YamlError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
