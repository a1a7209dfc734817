import type { PolicyBundle } from '@spanforge/policy';
import type { Path } from '@spanforge/policy/internal';

/** Every code a {@link LintFinding} can have. */
export type LintCode =
  /** Under `first_match`, earlier rules always decide. */
  | 'unreachable'
  /** Under `strictest`, the rule never changes a verdict that other rules give. */
  | 'shadowed'
  /** Two rules match the same requests with different actions; the looser never shows. */
  | 'conflicting'
  /** The condition or threshold is never false inside the target. */
  | 'always_true'
  /** The condition or threshold is never true inside the target. */
  | 'always_false'
  /** Two rules have the same target, threshold and condition, and could be one. */
  | 'duplicate_condition'
  /** A target names a tool that the bundle, which declares tools, does not declare. */
  | 'undeclared_tool'
  /** A condition reads an argument that none of the declared tools it is about has. */
  | 'unknown_argument'
  /** A condition compares with a constant that the other side can never be. */
  | 'impossible_value'
  /** A rule is about other environments than the one that the bundle governs. */
  | 'other_environment'
  /** An allow that never overrides a stricter rule or default. */
  | 'allow_without_effect'
  /** No rule and no default applies to a declared tool. */
  | 'tool_without_rule'
  /** A shadow stage has ended: the rule is enforced. */
  | 'expired_shadow'
  /** A condition could not be analysed, or the search ran out of steps: the analysis is incomplete. */
  | 'unknown';

/** A finding in a bundle, with its place. */
export interface LintFinding {
  readonly code: LintCode;
  /** The rule it is about, then those that explain it; empty for a finding about a tool. */
  readonly ruleIds: readonly string[];
  /** JSON path, such as `$.rules[2].when`. */
  readonly path: string;
  /** A sentence. */
  readonly message: string;
  readonly file?: string;
  /** From 1; absent if the text was not given. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
}

/** A finding before its place is looked up. */
export interface Found {
  readonly code: LintCode;
  readonly ruleIds: readonly string[];
  readonly path: Path;
  readonly message: string;
}

/** The path of a rule, or of a part of it. */
export function rulePath(bundle: PolicyBundle, ruleId: string, ...part: Path): Path {
  return ['rules', bundle.rules.findIndex((rule) => rule.ruleId === ruleId), ...part];
}
