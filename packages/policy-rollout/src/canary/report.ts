import type { CanaryVerdict } from './judge.js';
import type { CanaryStatus } from './status.js';

/** The result of one look. */
export interface CanaryReport {
  readonly verdict: CanaryVerdict;
  /**
   * The code of the verdict. `evidence_unavailable` or `state_unavailable` if the log does not
   * answer, `action_failed` if the action could not be done yet, `contended` if other replicas were
   * faster each time.
   */
  readonly reasonCode: string;
  readonly reason: string;
  /** Whether the observations of this process are recorded. */
  readonly recorded: boolean;
  /** Absent when the log cannot be read or the canary has not begun. */
  readonly status?: CanaryStatus;
}
