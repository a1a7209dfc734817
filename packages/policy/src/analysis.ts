export {
  type BundleComparison,
  type CompareOptions,
  compareBundles,
  type UnknownDifference,
  type VerdictDifference,
} from './analysis/compare.js';
export type { LintCode, LintFinding } from './analysis/finding.js';
export { type LintOptions, lintBundle } from './analysis/lint.js';
