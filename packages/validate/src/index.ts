export type { Article10Clause, ClauseStatus } from './dataset/clause.js';
export { CLAUSE_LIMITS, type ClauseLimits, type DesignChoices } from './dataset/clauses.js';
export type { Coverage } from './dataset/field-tally.js';
export type { TypeCount } from './dataset/finding-tally.js';
export type { GroupCount, GroupCounts } from './dataset/groups.js';
export type { PersonalDataFinder, PersonalDataSpan, SearchedKinds } from './dataset/kinds.js';
export type { DatasetFormat } from './dataset/records.js';
export {
  type DatasetComplianceReport,
  REPORT_VERSION,
  reportDigest,
  reportFromWire,
  reportSubject,
  reportToWire,
} from './dataset/report.js';
export {
  type ComplianceOptions,
  type Dataset,
  type DatasetScan,
  type ScanOptions,
  scanDataset,
  scanDatasetCompliance,
} from './dataset/scan.js';
export {
  type ReportFormat,
  type ReportVerification,
  signReport,
  verifyReport,
} from './dataset/seal-report.js';
export type { DatasetCounts } from './dataset/tally.js';
export { ValidateError, type ValidateErrorCode, type ValidateErrorDetails } from './error.js';
export { checkEvent } from './event/check-event.js';
export {
  type CorrectedEvent,
  type CorrectOptions,
  correctEvent,
  type EventChange,
} from './event/correct-event.js';
export {
  type EnforceOptions,
  enforceEvent,
  type ValidationResult,
  validationResultToWire,
} from './event/enforce-event.js';
export {
  type EventHmacResult,
  type EventKey,
  signEventHmac,
  type VerifyHmacOptions,
  verifyEventHmac,
} from './event/hmac.js';
export { EnforcementMode } from './mode.js';
export { type CompiledSchema, compileSchema } from './output/json-schema.js';
export type { OutputDecision, OutputPolicyAnswer, OutputReasonCode } from './output-decision.js';
export { type JsonSchema, jsonSchemas } from './schemas/json-schemas.js';
export type {
  Correction,
  CorrectionRequest,
  OutputInput,
  OutputResult,
  RecordedValidation,
  Validate,
  ValidateCall,
  ValidateOptions,
  ValidateStatus,
} from './types.js';
export { createValidate } from './validate.js';
export type { Violation } from './violation.js';
