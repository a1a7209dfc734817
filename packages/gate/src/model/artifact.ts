import type { GateFinding } from './finding.js';
import type { GateMetrics, GateVerdict, OnFail } from './verdict.js';

/** The result of evaluating one gate once. */
export interface GateArtifact {
  readonly gateId: string;
  readonly name: string;
  readonly verdict: GateVerdict;
  readonly metrics: GateMetrics;
  /** RFC 3339, UTC. */
  readonly timestamp: string;
  readonly durationMs: number;
  /** Absent where the gate writes no artifact. */
  readonly artifactPath?: string;
  readonly projectId?: string;
  readonly type: string;
  readonly onFail: OnFail;
  /** True when the release must not go on because of this gate. */
  readonly blocking: boolean;
  readonly reason: string;
  readonly reasonCode: string;
  /** The first 1000, worst first; `findingCount` counts all. */
  readonly findings: readonly GateFinding[];
  readonly findingCount: number;
  /** The evidence record, where a recorder was given. */
  readonly recordId?: string;
}

/** The result of running a pipeline once. */
export interface GateRun {
  readonly runId: string;
  readonly pipeline: string;
  readonly verdict: GateVerdict;
  /** Gates with verdict PASS. */
  readonly passed: number;
  /** Gates that stop the release: FAIL or INCONCLUSIVE under `on_fail: block`. */
  readonly failed: number;
  /** WARN, and INCONCLUSIVE under `on_fail: warn`. */
  readonly warned: number;
  readonly skipped: number;
  /** FAIL or INCONCLUSIVE under `on_fail: report`. */
  readonly reported: number;
  readonly artifacts: readonly GateArtifact[];
  /** Ids of the gates that stop the release. */
  readonly failedGates: readonly string[];
  readonly durationMs: number;
  readonly projectId?: string;
  /** The signed statement of the run (a DSSE envelope), where keys were given. */
  readonly statement?: string;
  readonly statementPath?: string;
}
