export { type ArtifactWire, artifactToWire } from './artifact/wire.js';
export {
  type GatePredicate,
  type GateRunWire,
  VSA_PREDICATE_TYPE,
} from './attest/predicate.js';
export { type StatementReport, verifyGateStatement } from './attest/verify-statement.js';
export { defineGateExecutor, type HostAnswer } from './custom.js';
export {
  GateError,
  type GateErrorCode,
  type GateErrorDetails,
  type PipelineProblem,
  SFGatePipelineError,
  SFGateSchemaError,
  SFGateTrustFailedError,
} from './error.js';
export type {
  Assessment,
  Attachment,
  CommandOutput,
  EngineRun,
  ExecutorInput,
  GateExecutor,
  GateFacts,
  GateInput,
  GateServices,
  GatheredFacts,
  RunCommand,
} from './executor.js';
export { createGate } from './gate.js';
export type { GateArtifact, GateRun } from './model/artifact.js';
export type { GateDefinition, Pipeline, PipelineVariables } from './model/definition.js';
export type { GateFinding, Severity } from './model/finding.js';
export type { PrriRequest, PrriResult } from './model/prri.js';
export type { SuppressionBook, SuppressionUse } from './model/suppressions.js';
export type { TrustResult } from './model/trust-result.js';
export {
  type GateMetrics,
  GateVerdict,
  type MetricType,
  type OnFail,
  PRRIVerdict,
} from './model/verdict.js';
export { formatRunGithub, formatRunSummary } from './output/github.js';
export { formatRunGitlab } from './output/gitlab.js';
export { runToWire } from './output/json.js';
export { formatRunJunit } from './output/junit.js';
export { formatRunSarif } from './output/sarif.js';
export { formatRunText } from './output/text.js';
export { createRunCommand } from './process/run-command.js';
export { type Calibration, calibrateResults } from './promotion/calibrate.js';
export { type GoldenResult, readResults } from './promotion/read-results.js';
export { prriBand } from './prri/band.js';
export { DEFAULT_GATE_SETTINGS, type GateSettings, gateOptionsFromEnv } from './settings.js';
export type {
  EvaluateOptions,
  GateOptions,
  GateStatus,
  ReleaseGate,
  RunOptions,
  TrustAlert,
} from './types.js';
export {
  type Concluded,
  concludeGate,
  concludeRun,
  type GateConclusion,
  type GateTerms,
  type RunConclusion,
} from './verdict/conclude.js';
