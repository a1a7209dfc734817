import { artifactToWire } from '../artifact/wire.js';
import type { GateRun } from '../model/artifact.js';

/** A run with snake_case names. */
export function runToWire(run: GateRun): Readonly<Record<string, unknown>> {
  const { runId, pipeline, verdict, passed, failed, warned, skipped, reported } = run;
  return {
    ...{ run_id: runId, pipeline, verdict, passed, failed, warned, skipped, reported },
    failed_gates: run.failedGates,
    duration_ms: run.durationMs,
    ...(run.projectId === undefined ? {} : { project_id: run.projectId }),
    ...(run.statementPath === undefined ? {} : { statement_path: run.statementPath }),
    signed: run.statement !== undefined,
    artifacts: run.artifacts.map(artifactToWire),
  };
}
