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
export { CONTROLS, type ControlName } from './bundle/controls.js';
export {
  type BundleSource,
  defineBundle,
  type FactSource,
  type RuleSource,
  type ToolSource,
} from './bundle/define.js';
export { bundleDigest, type ParseOptions, parseBundle } from './bundle/parse.js';
export type { Comparator } from './bundle/schema.js';
export { compareVersions } from './bundle/version.js';
export {
  type BundleProblem,
  type BundleProblemCode,
  formatProblem,
} from './bundle-problem.js';
export type { CounterNeed } from './decide/counters.js';
export { compileBundle, type Decider } from './decide/decider.js';
export { PolicyError, type PolicyErrorCode, type PolicyErrorDetails } from './error.js';
export type { ActivateOptions, ActivationReport, PromoteOptions } from './lifecycle/activation.js';
export type { AuditSample } from './lifecycle/audit-sample.js';
export type { Unbundled } from './lifecycle/bundle-in-force.js';
export type { Evaluation, PolicyQuestion } from './lifecycle/decide-and-record.js';
export type { DecisionLabels, ReviewInput, ReviewQuery } from './lifecycle/decision-labels.js';
export type { LabelledObservation, ObservationQuery } from './lifecycle/labelled-observations.js';
export type { PolicyLifecycle } from './lifecycle/lifecycle.js';
export type { HistoryOptions, HistoryPage, LifecycleEntry } from './lifecycle/lifecycle-history.js';
export type { StepOptions } from './lifecycle/lifecycle-writer.js';
export {
  createPolicy,
  type EvaluateScope,
  type Policy,
  type PolicyOptions,
  type PolicyStatus,
} from './lifecycle/policy.js';
export { promotedBundle } from './lifecycle/promoted-bundle.js';
export type { ReviewVerdict, StandingReview } from './lifecycle/review.js';
export type { ReviewAgreement } from './lifecycle/reviewer-agreement.js';
export { BUNDLE_PAYLOAD_TYPE, type SignaturePolicy, signBundle } from './lifecycle/signatures.js';
export { type UnknownTool, unknownTools } from './lifecycle/unknown-names.js';
