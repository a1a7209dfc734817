import { formatPath } from '@spanforge/core-signing';

/** One thing that does not hold, and where. It never carries the value. */
export interface Violation {
  /** JSON path, such as `$.payload.amount`. */
  readonly path: string;
  /** What was broken: `required`, `schema.type`, `pii.email`, `confidence.low`, … */
  readonly rule: string;
  /** What should have been there, for people. */
  readonly expectation: string;
}

export function violation(
  path: readonly PropertyKey[],
  rule: string,
  expectation: string,
): Violation {
  return { path: formatPath(path), rule, expectation };
}
