export { type AssessmentOptions, assessCompliance } from './compliance/assess.js';
export type { LogFacts, SeenRecords } from './compliance/facts.js';
export { COMPLIANCE_FRAMEWORKS } from './compliance/frameworks.js';
export type {
  AssessedControl,
  AssessmentFinding,
  ComplianceAssessment,
  ComplianceControl,
  ComplianceFramework,
  ControlState,
} from './compliance/model.js';
export { OSCAL_VERSION, type OscalOptions, toOscal } from './compliance/oscal.js';
export {
  createSettings,
  type DisclosedNames,
  type Settings,
  type TenantSettings,
} from './controls/settings.js';
export {
  type ArchitectureMatch,
  matchArchitectures,
  REFERENCE_ARCHITECTURES,
  type ReferenceArchitecture,
} from './deployment/architectures.js';
export {
  type DeploymentFact,
  type DeploymentProbe,
  type DeploymentProfile,
  factOf,
} from './deployment/profile.js';
export {
  createEgress,
  type Egress,
  type EgressConnection,
  type EgressOptions,
} from './egress/egress.js';
export {
  type CheckpointOutsiders,
  createEnterprise,
  type Enterprise,
  type EnterpriseOptions,
  type EnterprisePackageOptions,
  type EnterpriseSelection,
  type ExportPackage,
} from './enterprise.js';
export {
  EnterpriseError,
  type EnterpriseErrorCode,
  type EnterpriseErrorDetails,
} from './error.js';
export type { KeyContext, Kms, KmsSignature, WrappedKey } from './kms/kms.js';
export { ENTERPRISE_PACKAGE, type PackageMembers } from './package/generate.js';
export {
  type PruneOptions,
  type PruneRequest,
  type PruneResult,
  pruneValues,
} from './retention/prune.js';
export {
  type EnterpriseHealth,
  type HealthCheck,
  type HealthFinding,
  kmsCheck,
} from './status/health.js';
export type { EnterpriseStatus, LogPosition } from './status/status.js';
export {
  type AdmissionOptions,
  createAdmission,
  guardTenants,
  type TenantAdmission,
  type TenantPlace,
} from './tenants/admission.js';
export { mayKeep, RESIDENCIES, type Residency, type Tenant } from './tenants/model.js';
export { type ReaderScope, scopeReader } from './tenants/scoped-reader.js';
export { createTenants, type Tenants, type TenantsOptions } from './tenants/tenants.js';
export {
  createErasure,
  type Erasure,
  type ErasureOptions,
  type ErasureRequest,
  type ErasureResult,
} from './vault/erasure.js';
export { holdTrace, readHolds, type StandingHolds, type TraceHold } from './vault/holds.js';
export {
  createMemoryKeyStore,
  type DataSubject,
  type KeyStore,
  type StoredKey,
} from './vault/key-store.js';
export {
  actorOf,
  type SealedStoreOptions,
  type SubjectOf,
  sealStore,
} from './vault/sealed-store.js';
export { createVault, type SubjectKey, type Vault, type VaultOptions } from './vault/vault.js';
