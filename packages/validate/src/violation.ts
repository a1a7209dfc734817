import { formatPath } from '@spanforge/core-signing';

/** One violation and its place, without the value. */
export interface Violation {
  /** JSON path, such as `$.payload.amount`. */
  readonly path: string;
  /** The violated rule: `required`, `schema.type`, `pii.email`, `confidence.low`, … */
  readonly rule: string;
  /** What was expected, for people. */
  readonly expectation: string;
}

export function violation(
  path: readonly PropertyKey[],
  rule: string,
  expectation: string,
): Violation {
  return { path: formatPath(path), rule, expectation };
}
