/**
 * What to do about violations. `STRICT` throws at the first; `LENIENT` collects all, then throws;
 * `WARN` reports them; `CORRECT` returns a corrected document and the list of changes.
 */
export const EnforcementMode = Object.freeze({
  STRICT: 'strict',
  LENIENT: 'lenient',
  WARN: 'warn',
  CORRECT: 'correct',
} as const);

/** One of the four modes. */
export type EnforcementMode = (typeof EnforcementMode)[keyof typeof EnforcementMode];

const MODES: readonly string[] = Object.values(EnforcementMode);

export function isMode(value: unknown): value is EnforcementMode {
  return typeof value === 'string' && MODES.includes(value);
}
