import type { Condition } from '@spanforge/condition';
import type { Obligation, Outcome, PolicyReference } from '@spanforge/core-events';
import type { Comparator } from './schema.js';

/** Which requests a rule is about; a part that is absent leaves everything in. */
export interface RuleTarget {
  readonly tools?: readonly string[];
  readonly resources?: readonly string[];
  readonly agents?: readonly string[];
  readonly actors?: readonly string[];
  readonly roles?: readonly string[];
  readonly environments?: readonly string[];
}

/** One rule, checked, with every default filled in. */
export interface PolicyRule {
  readonly ruleId: string;
  readonly service: string;
  readonly control: string;
  readonly target: RuleTarget;
  readonly action: Outcome;
  readonly enabled: boolean;
  readonly threshold?: number;
  readonly comparator: Comparator;
  readonly when?: Condition;
  readonly rationale?: string;
  /** What a call this rule applies to has redacted. */
  readonly obligations: readonly Obligation[];
  readonly onError: Outcome;
  readonly onUnavailable: 'fail_secure' | 'fail_open';
  /** Epoch milliseconds until which the rule is only reported; absent for an enforced rule. */
  readonly shadowUntil?: number;
}

/** What the operator declares about a tool. */
export interface PolicyTool {
  /** JSON Schema of the arguments. */
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly effect: 'read' | 'write';
  readonly output: 'trusted' | 'untrusted';
}

/** A checked bundle; immutable. */
export interface PolicyBundle {
  readonly policyId: string;
  readonly version: string;
  readonly environment: string;
  readonly owner: string;
  /** As written. */
  readonly effectiveAt: string;
  readonly effectiveAtMs: number;
  readonly strategy: 'strictest' | 'first_match';
  readonly zone: string;
  readonly rules: readonly PolicyRule[];
  /** By name; without a prototype. */
  readonly tools: Readonly<Record<string, PolicyTool>>;
  readonly default?: Outcome;
  readonly rationale?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** RFC 8785 text of the bundle as written, without defaults: what `digest` is over. */
  readonly canonical: string;
  /** SHA-256 of `canonical` in UTF-8, hex. */
  readonly digest: string;
}

/** The bundle's id, version and digest, as decision records carry them. */
export function bundleReference(bundle: PolicyBundle): PolicyReference {
  return { id: bundle.policyId, version: bundle.version, digest: bundle.digest };
}
