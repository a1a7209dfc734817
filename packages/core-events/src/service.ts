import type { DecisionPoint, PolicyDecider } from './policy-port.js';

/** Which records of a trace are listed. */
export interface TraceListOptions {
  /** Default: every tenant of the log; a log of one tenant does not need it. */
  readonly tenant?: string;
  /** Default: every project. */
  readonly project?: string;
}

/**
 * Whether asking the policy can change anything. A service asks unless the decider itself says that
 * nothing applies; if that check throws or gives no answer, it asks.
 */
export function policyHasSay(decider: PolicyDecider | undefined, point: DecisionPoint): boolean {
  try {
    return decider?.hasSay?.(point) !== false;
  } catch {
    return true;
  }
}
