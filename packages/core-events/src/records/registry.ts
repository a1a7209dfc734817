import { auditGapV1 } from './audit-gap-v1.js';
import { auditPrunedV1 } from './audit-pruned-v1.js';
import { auditQuarantinedV1 } from './audit-quarantined-v1.js';
import { auditTombstoneV1 } from './audit-tombstone-v1.js';
import { detectionPiiV1, detectionSecretsV1 } from './detection-v1.js';
import { enterpriseHoldV1 } from './enterprise-hold-v1.js';
import { enterpriseSettingsV1 } from './enterprise-settings-v1.js';
import { enterpriseTenantV1 } from './enterprise-tenant-v1.js';
import { executionEndedV1 } from './execution-ended-v1.js';
import { executionStartedV1 } from './execution-started-v1.js';
import { explanationV1 } from './explanation-v1.js';
import { gateV1 } from './gate-v1.js';
import { governanceViolationV1 } from './governance-violation-v1.js';
import { groundingV1 } from './grounding-v1.js';
import { keyAddedV1 } from './key-added-v1.js';
import { keyRetiredV1 } from './key-retired-v1.js';
import { keyRevokedV1 } from './key-revoked-v1.js';
import { lineageV1 } from './lineage-v1.js';
import { logOpenedV1 } from './log-opened-v1.js';
import { manifestActorV1 } from './manifest-actor-v1.js';
import { manifestAgentV1 } from './manifest-agent-v1.js';
import { manifestToolV1 } from './manifest-tool-v1.js';
import { policyCanaryV1 } from './policy-canary-v1.js';
import { policyComparisonV1 } from './policy-comparison-v1.js';
import { policyDecisionV1 } from './policy-decision-v1.js';
import { policyLifecycleV1 } from './policy-lifecycle-v1.js';
import { policyReplayV1 } from './policy-replay-v1.js';
import { policyReviewV1 } from './policy-review-v1.js';
import { policySimulationV1 } from './policy-simulation-v1.js';
import { ragStepV1 } from './rag-step-v1.js';
import { rbacV1 } from './rbac-v1.js';
import type { RecordType } from './record-type.js';
import { reviewConsumedV1 } from './review-consumed-v1.js';
import { reviewEscalatedV1 } from './review-escalated-v1.js';
import { reviewGrantedV1 } from './review-granted-v1.js';
import { reviewRequestedV1 } from './review-requested-v1.js';
import { reviewResolvedV1 } from './review-resolved-v1.js';
import { reviewResolvedV2 } from './review-resolved-v2.js';
import { reviewRevokedV1 } from './review-revoked-v1.js';
import { reviewSnoozedV1 } from './review-snoozed-v1.js';
import { scopeV1 } from './scope-v1.js';
import { spanV1 } from './span-v1.js';
import { validateCorrectionV1 } from './validate-correction-v1.js';
import { validateV1 } from './validate-v1.js';

/** Every record type this package defines. */
export const RECORD_TYPES: readonly RecordType[] = Object.freeze([
  auditGapV1,
  auditPrunedV1,
  auditQuarantinedV1,
  auditTombstoneV1,
  detectionPiiV1,
  detectionSecretsV1,
  enterpriseHoldV1,
  enterpriseSettingsV1,
  enterpriseTenantV1,
  executionEndedV1,
  executionStartedV1,
  explanationV1,
  gateV1,
  governanceViolationV1,
  groundingV1,
  keyAddedV1,
  keyRetiredV1,
  keyRevokedV1,
  lineageV1,
  logOpenedV1,
  manifestActorV1,
  manifestAgentV1,
  manifestToolV1,
  policyCanaryV1,
  policyComparisonV1,
  policyDecisionV1,
  policyLifecycleV1,
  policyReplayV1,
  policyReviewV1,
  policySimulationV1,
  ragStepV1,
  rbacV1,
  reviewConsumedV1,
  reviewEscalatedV1,
  reviewGrantedV1,
  reviewRequestedV1,
  reviewResolvedV1,
  reviewResolvedV2,
  reviewRevokedV1,
  reviewSnoozedV1,
  scopeV1,
  spanV1,
  validateCorrectionV1,
  validateV1,
] as unknown as RecordType[]);

/** The record types a log accepts, by schema key. */
export type RecordRegistry = ReadonlyMap<string, RecordType>;

/**
 * The record types of this package, and others in addition.
 *
 * @param more Types of third parties.
 * @throws {TypeError} when a key occurs twice.
 */
export function createRecordRegistry(
  more: readonly Pick<RecordType, 'key' | 'check' | 'write'>[] = [],
): RecordRegistry {
  const registry = new Map<string, RecordType>();
  for (const type of [...RECORD_TYPES, ...more]) {
    if (registry.has(type.key)) throw new TypeError(`record type registered twice: ${type.key}`);
    // Each type checks its payload itself, so a type of one payload can stand for any.
    registry.set(type.key, type as RecordType);
  }
  return registry;
}
