/** Every code a problem with a bundle can have. */
export type BundleProblemCode =
  | 'POLICY_TOO_LARGE'
  | 'POLICY_SYNTAX'
  | 'POLICY_NOT_PLAIN_DATA'
  | 'POLICY_DUPLICATE_KEY'
  | 'POLICY_UNKNOWN_KEY'
  | 'POLICY_MISSING'
  | 'POLICY_TYPE'
  | 'POLICY_VALUE'
  | 'POLICY_DUPLICATE_RULE'
  | 'POLICY_UNKNOWN_CONTROL'
  | 'POLICY_CONDITION'
  | 'POLICY_TOOL_SCHEMA'
  | 'POLICY_FACT';

/** One thing wrong with a bundle, and where. */
export interface BundleProblem {
  readonly code: BundleProblemCode;
  /** JSON path, such as `$.rules[2].threshold`. */
  readonly path: string;
  readonly message: string;
  readonly file?: string;
  /** From 1; absent for a bundle that was not read from text. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
}

/** One line for people: `file:line:column: path: message [code]`. */
export function formatProblem(problem: BundleProblem): string {
  const { file, line, column, path, message, code } = problem;
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${place === '' ? '' : `${place}: `}${path}: ${message} [${code}]`;
}
