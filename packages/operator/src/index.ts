export { OperatorError, type OperatorErrorCode, type OperatorErrorDetails } from './error.js';
export type { DisclosureFilter } from './export/disclosures.js';
export type { ExportOptions, LogDamage, PackageSelection } from './export/export-options.js';
export type { OperatorLog } from './log-state.js';
export { createOperator, type Operator, type OperatorOptions } from './operator.js';
export type { DisclosureLine, IndexLine } from './package/index-lines.js';
export { packageFromJson, packageToJson } from './package/json-container.js';
export type { EvidencePackage, PackageLimits } from './package/members.js';
export { OPERATOR_PACKAGE, type PackagePredicate } from './package/statement.js';
export type {
  CheckpointStamp,
  CheckpointStamper,
  TimestampFact,
  TimestampJudgement,
  TimestampVerifier,
} from './package/timestamp.js';
export { packageFromZip } from './package/zip-container.js';
export { packageToZip } from './package/zip-format.js';
export type { RoleNote, ScopeNote } from './trace/access-notes.js';
export { auditLog, type LogAudit, type LogAuditOptions } from './trace/audit-log.js';
export {
  type AuditOptions,
  auditTraces,
  type TraceAudit,
  type TraceViolation,
} from './trace/audit-traces.js';
export {
  auditValues,
  type MissingValue,
  type ValueAudit,
  type ValueAuditOptions,
} from './trace/audit-values.js';
export type { ChainReport, RecordState } from './trace/chain.js';
export { isViolation } from './trace/completeness.js';
export type { ControlFinding, RuleNote, TraceOutcome } from './trace/decisions.js';
export type { CompletenessCode, CompletenessFinding } from './trace/finding.js';
export { formatTrace } from './trace/format.js';
export type { ListedTrace, TraceList, TraceQuery } from './trace/list-traces.js';
export { findOddTimes } from './trace/odd-times.js';
export type { BrokenRecord } from './trace/read-trace.js';
export type { TimelineEntry, TraceReport, TraceSummary } from './trace/report.js';
export type { ReviewNote, ReviewStepKind, ReviewStepNote } from './trace/review-notes.js';
export type {
  ExplanationFactorNote,
  ExplanationNote,
  GroundingNote,
  LineageNote,
  OffendingClaimNote,
  ServiceNotes,
} from './trace/service-notes.js';
export { formatVerification } from './verify/format.js';
export type { PolicyRederiver, RederivedVerdict } from './verify/rederive.js';
export {
  type LogRederivedDecision,
  type RederivationLoss,
  type RederivationReport,
  type RederiveLogOptions,
  rederiveLog,
} from './verify/rederive-log.js';
export type {
  AssuranceLevel,
  PackageFault,
  Rederivation,
  RederivedDecision,
  Verdict,
  VerificationCheck,
  VerificationReport,
} from './verify/report.js';
export { type VerifyOptions, verifyPackage } from './verify/verify-package.js';
export { visible } from './visible.js';
export {
  type CheckpointCosigner,
  type CosignerOptions,
  createCheckpointCosigner,
  type ProveGrowth,
  type WitnessAnswer,
} from './witness/cosigner.js';
export {
  createHttpWitnessTransport,
  type HttpWitnessOptions,
  type WitnessResponse,
  type WitnessTransport,
} from './witness/http-witness.js';
