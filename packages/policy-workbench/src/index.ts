export {
  type BundleComparison,
  type CompareOptions,
  compareBundles,
  type UnknownDifference,
  type VerdictDifference,
} from './analysis/compare.js';
export type {
  DecisionCounterfactual,
  DecisionCounterfactuals,
} from './analysis/explain/counterfactual.js';
export {
  type DecisionExplanation,
  explainDecision,
  type RuleExplanation,
} from './analysis/explain/explain.js';
export type { RulePart } from './analysis/explain/rule-parts.js';
export { type StrangerName, strangersIn } from './analysis/explain/stranger.js';
export type { LintCode, LintFinding } from './analysis/finding.js';
export { type LintOptions, lintBundle } from './analysis/lint.js';
