import type { CanaryVerdict } from './judge.js';
import type { CanaryStatus } from './status.js';

/** What one look came to. */
export interface CanaryReport {
  readonly verdict: CanaryVerdict;
  /**
   * Of the verdict; also `evidence_unavailable` or `state_unavailable` when the log does not answer,
   * `action_failed` when what was decided could not be done yet, `contended` when other replicas
   * were faster each time.
   */
  readonly reasonCode: string;
  readonly reason: string;
  /** Whether what this process had seen is on record. */
  readonly recorded: boolean;
  /** Absent when the log cannot be read or the canary has not begun. */
  readonly status?: CanaryStatus;
}
