export {
  ACTION_CATEGORIES,
  type ActionCategory,
  type PolicyAnswer as ScopePolicyAnswer,
  resolveActionCategory,
} from '@spanforge/core-events';
export {
  conclude,
  decide,
  decideCapability,
  type ScopeDecision,
  type ScopeFacts,
  type ScopeFinding,
  type ScopeOutcome,
  type ScopeReasonCode,
  type ScopeRequest,
} from './decide.js';
export { findWidening, type ManifestChain, resolveChain } from './delegation.js';
export { ScopeError, type ScopeErrorCode, type ScopeErrorDetails } from './error.js';
export {
  parseManifest,
  parseManifestWire,
  type ScopeManifest,
  type ScopeManifestInput,
} from './manifest.js';
export type { ScopeGrant } from './queries.js';
export { createScope } from './scope.js';
export type {
  RecordedScopeDecision,
  Scope,
  ScopeCall,
  ScopeControlOptions,
  ScopeOptions,
  ScopeResult,
  ScopeStatus,
} from './types.js';
