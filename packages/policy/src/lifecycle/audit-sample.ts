import { createRandom, type PolicyVerdict, strictness } from '@spanforge/core-events';
import { PolicyError } from '../error.js';

/** How calls that the policy lets through are drawn for review. */
export interface AuditSample {
  /** The probability that an allowed call is drawn, above 0 and up to 1; recorded with each drawn call. */
  readonly probability: number;
  /** Returns a uniform number in [0, 1); the platform's cryptographic generator when absent. */
  readonly random?: () => number;
}

/** Whether the policy flagged the call. Flagged calls are reviewed anyway, so they are not drawn. */
export function isFlagged({ outcome }: Pick<PolicyVerdict, 'outcome'>): boolean {
  return strictness(outcome) > strictness('allow+log');
}

/**
 * Draws calls for review: returns the probability for a drawn call, undefined for the others.
 *
 * @throws {PolicyError} `POLICY_OPTIONS_INVALID`.
 */
export function createAuditSample(
  sample: AuditSample | undefined,
): (verdict: PolicyVerdict) => number | undefined {
  if (sample === undefined) return () => undefined;
  const { probability, random = evenly() } = sample;
  if (!(probability > 0 && probability <= 1)) {
    const message = 'probability: expected a number above 0 and up to 1';
    throw new PolicyError('POLICY_OPTIONS_INVALID', message);
  }
  return (verdict) => {
    // Where no bundle decided there is nothing to audit.
    if (verdict.policy === undefined || isFlagged(verdict)) return undefined;
    return random() < probability ? probability : undefined;
  };
}

function evenly(): () => number {
  const bytes = createRandom();
  return () => bytes(6).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 48;
}
