/** What a check can find. */
export type Rule =
  | 'unknown-package'
  | 'wrong-name'
  | 'floor-violation'
  | 'cross-floor'
  | 'third-party'
  | 'subpath-only'
  | 'undeclared'
  | 'unused'
  | 'deep-import'
  | 'unknown-subpath'
  | 'unresolved-import'
  | 'self-import'
  | 'node-in-browser'
  | 'ambient';

/** One broken rule, at one place. */
export interface Failure {
  readonly rule: Rule;
  /** Seen from the repository root. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** A failure as one line that an editor can jump to. */
export function formatFailure({ rule, file, line, message }: Failure): string {
  return `${file}:${line} ${rule}: ${message}`;
}
