export {
  createEgress,
  type Egress,
  type EgressConnection,
  type EgressOptions,
} from './egress/egress.js';
export {
  EnterpriseError,
  type EnterpriseErrorCode,
  type EnterpriseErrorDetails,
} from './error.js';
export type { KeyContext, Kms, KmsSignature, WrappedKey } from './kms/kms.js';
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
