export type {
  CallFact,
  CountedFact,
  CounterDimension,
  DetectedFact,
  FactMatch,
  PolicyBundle,
  PolicyFact,
  PolicyRule,
  PolicyTool,
  RuleTarget,
} from './bundle/bundle.js';
export { CONTROLS, type Control } from './bundle/controls.js';
export {
  type BundleSource,
  defineBundle,
  type FactSource,
  type RuleSource,
  type ToolSource,
} from './bundle/define.js';
export { bundleDigest, type ParseOptions, parseBundle } from './bundle/parse.js';
export {
  type BundleProblem,
  type BundleProblemCode,
  formatProblem,
} from './bundle/problem.js';
export type { Comparator } from './bundle/schema.js';
export { compareVersions } from './bundle/version.js';
export type { CounterNeed } from './decide/counters.js';
export { compileBundle, type Decider } from './decide/decider.js';
export { PolicyError, type PolicyErrorCode, type PolicyErrorDetails } from './error.js';
export type { ActivateOptions, Activator, PromoteOptions } from './service/activator.js';
export type { ReviewAgreement } from './service/agreement.js';
export type { AuditSample } from './service/audit-sample.js';
export type { Evaluation, Question } from './service/deciding.js';
export type { HistoryOptions, HistoryPage, LifecycleEntry } from './service/history.js';
export type { LabelledObservation, ObservationQuery } from './service/observations.js';
export {
  createPolicy,
  type EvaluateScope,
  type Policy,
  type PolicyOptions,
  type PolicyStatus,
} from './service/policy.js';
export { promotedBundle } from './service/promoted.js';
export type {
  ReviewInput,
  ReviewQuery,
  Reviews,
  ReviewVerdict,
  StandingReview,
} from './service/reviews.js';
export { BUNDLE_PAYLOAD_TYPE, type SignaturePolicy, signBundle } from './service/signatures.js';
export type { StepOptions } from './service/steps.js';
