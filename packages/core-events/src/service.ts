import type { DecisionPoint, PolicyDecider } from './ports.js';

/** Which records of a trace are listed. */
export interface TraceListOptions {
  /** Every tenant of the log when absent; a log of one tenant needs none. */
  readonly tenant?: string;
}

/**
 * Whether a question to the policy can change anything. A service asks unless the decider itself
 * says that nothing applies; one that throws, or does not know, is asked.
 */
export function policyHasSay(decider: PolicyDecider | undefined, point: DecisionPoint): boolean {
  try {
    return decider?.hasSay?.(point) !== false;
  } catch {
    return true;
  }
}
