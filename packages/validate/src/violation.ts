/** One thing that does not hold, and where. It never carries the value. */
export interface Violation {
  /** JSON path, such as `$.payload.amount`. */
  readonly path: string;
  /** What was broken: `required`, `schema.type`, `pii.email`, `confidence.low`, … */
  readonly rule: string;
  /** What should have been there, for people. */
  readonly expectation: string;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MAX_NAME = 128;

/** A JSON path from its parts. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = String(part).slice(0, MAX_NAME);
    return IDENTIFIER.test(name) ? `${text}.${name}` : `${text}[${JSON.stringify(name)}]`;
  }, '$');
}

export function violation(
  path: readonly PropertyKey[],
  rule: string,
  expectation: string,
): Violation {
  return { path: formatPath(path), rule, expectation };
}
