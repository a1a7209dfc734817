export { barePayloadSchema, eventSchema } from './events/event-schema.js';
export { type AuditGapBody, auditGapV1 } from './records/audit-gap-v1.js';
export { type AuditPrunedBody, auditPrunedV1 } from './records/audit-pruned-v1.js';
export { type AuditQuarantinedBody, auditQuarantinedV1 } from './records/audit-quarantined-v1.js';
export { type AuditTombstoneBody, auditTombstoneV1 } from './records/audit-tombstone-v1.js';
export {
  type DetectionBody,
  detectionPiiV1,
  detectionSecretsV1,
} from './records/detection-v1.js';
export { type EnterpriseHoldBody, enterpriseHoldV1 } from './records/enterprise-hold-v1.js';
export {
  type EnterpriseSettingsBody,
  enterpriseSettingsV1,
} from './records/enterprise-settings-v1.js';
export { type EnterpriseTenantBody, enterpriseTenantV1 } from './records/enterprise-tenant-v1.js';
export {
  MAX_RECORD_BYTES,
  parseEnvelope,
  RECORD_VERSION,
  type RecordEnvelope,
  recordEnvelope,
} from './records/envelope.js';
export { type ExecutionEndedBody, executionEndedV1 } from './records/execution-ended-v1.js';
export { type ExecutionStartedBody, executionStartedV1 } from './records/execution-started-v1.js';
export { type ExplanationBody, explanationV1 } from './records/explanation-v1.js';
export { type GateBody, gateV1 } from './records/gate-v1.js';
export {
  type GovernanceViolationBody,
  governanceViolationV1,
} from './records/governance-violation-v1.js';
export { type GroundingBody, groundingV1 } from './records/grounding-v1.js';
export { type KeyAddedBody, keyAddedV1 } from './records/key-added-v1.js';
export { type KeyRetiredBody, keyRetiredV1 } from './records/key-retired-v1.js';
export { type KeyRevokedBody, keyRevokedV1 } from './records/key-revoked-v1.js';
export { type LineageBody, lineageV1 } from './records/lineage-v1.js';
export { type LogOpenedBody, logOpenedV1 } from './records/log-opened-v1.js';
export { type ManifestActorBody, manifestActorV1 } from './records/manifest-actor-v1.js';
export { type ManifestAgentBody, manifestAgentV1 } from './records/manifest-agent-v1.js';
export { type ManifestToolBody, manifestToolV1 } from './records/manifest-tool-v1.js';
export { type PolicyCanaryBody, policyCanaryV1 } from './records/policy-canary-v1.js';
export { type PolicyComparisonBody, policyComparisonV1 } from './records/policy-comparison-v1.js';
export { type PolicyDecisionBody, policyDecisionV1 } from './records/policy-decision-v1.js';
export { type PolicyLifecycleBody, policyLifecycleV1 } from './records/policy-lifecycle-v1.js';
export { type PolicyReplayBody, policyReplayV1 } from './records/policy-replay-v1.js';
export { type PolicyReviewBody, policyReviewV1 } from './records/policy-review-v1.js';
export { type PolicySimulationBody, policySimulationV1 } from './records/policy-simulation-v1.js';
export { type RagStepBody, ragStepV1 } from './records/rag-step-v1.js';
export { type RbacBody, rbacV1 } from './records/rbac-v1.js';
export { defineRecordType, type RecordBody, type RecordType } from './records/record-type.js';
export { createRecordRegistry, RECORD_TYPES, type RecordRegistry } from './records/registry.js';
export { type ReviewConsumedBody, reviewConsumedV1 } from './records/review-consumed-v1.js';
export { type ReviewEscalatedBody, reviewEscalatedV1 } from './records/review-escalated-v1.js';
export { type ReviewGrantedBody, reviewGrantedV1 } from './records/review-granted-v1.js';
export { REVIEW_RECORDS } from './records/review-records.js';
export { type ReviewRequestedBody, reviewRequestedV1 } from './records/review-requested-v1.js';
export { type ReviewResolvedBody, reviewResolvedV1 } from './records/review-resolved-v1.js';
export { type ReviewResolvedV2Body, reviewResolvedV2 } from './records/review-resolved-v2.js';
export { type ReviewRevokedBody, reviewRevokedV1 } from './records/review-revoked-v1.js';
export { type ReviewSnoozedBody, reviewSnoozedV1 } from './records/review-snoozed-v1.js';
export { type ScopeBody, scopeV1 } from './records/scope-v1.js';
export { type SpanBody, spanV1 } from './records/span-v1.js';
export {
  type ValidateCorrectionBody,
  validateCorrectionV1,
} from './records/validate-correction-v1.js';
export { type ValidateBody, validateV1 } from './records/validate-v1.js';
export type { InCode } from './wire-names.js';
