export type { PolicyBundle, PolicyRule, PolicyTool, RuleTarget } from './bundle/bundle.js';
export { CONTROLS, type Control } from './bundle/controls.js';
export { bundleDigest, type ParseOptions, parseBundle } from './bundle/parse.js';
export {
  type BundleProblem,
  type BundleProblemCode,
  formatProblem,
} from './bundle/problem.js';
export type { Comparator } from './bundle/schema.js';
export { compareVersions } from './bundle/version.js';
export { compileBundle, type Decider } from './decide/decider.js';
export { PolicyError, type PolicyErrorCode, type PolicyErrorDetails } from './error.js';
export type { Activator } from './service/activator.js';
export {
  createPolicy,
  type EvaluateScope,
  type Evaluation,
  type Policy,
  type PolicyOptions,
  type PolicyStatus,
} from './service/policy.js';
