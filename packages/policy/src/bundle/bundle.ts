import type { Condition } from '@spanforge/condition';
import type { Obligation, Outcome, PolicyReference } from '@spanforge/core-events';
import type { FindingType } from '@spanforge/detect';
import type { Comparator } from './schema.js';

/** Which requests a rule is about; an absent part matches everything. */
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
  /** The values the control can observe; a value outside makes the rule indeterminate. */
  readonly range?: readonly [least: number, greatest: number];
  readonly when?: Condition;
  readonly rationale?: string;
  /** What agents may be told of its refusals: `metadata.tell_agent`, as it is written. */
  readonly tellAgent?: Readonly<Record<string, unknown>>;
  /** Redactions of calls that the rule applies to. */
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
  /** JSON Schema of the result. */
  readonly result?: Readonly<Record<string, unknown>>;
  /** A text result with this prefix reports a failure: the call had no effect. */
  readonly failureStartsWith?: string;
  readonly effect: 'read' | 'write';
  readonly output: 'trusted' | 'untrusted';
}

/** What a counter is kept per, beside the tenant. */
export type CounterDimension = 'agent' | 'actor' | 'tool' | 'run' | 'trace';

/** What an earlier call's argument must equal: the value at a path of this request, or a constant. */
export type FactMatch =
  | { readonly argument: string; readonly path: string }
  | { readonly argument: string; readonly value: string | number | boolean };

/** Results of earlier calls of the trace. */
export interface CallFact {
  readonly kind: 'calls';
  readonly from: readonly string[];
  readonly for: readonly FactMatch[];
  readonly take: 'latest' | 'all';
  /** Dotted path of the wanted part of the result; the whole result when absent. */
  readonly pick?: string;
}

/** How often tools were called, or the sum of one argument, including the call being decided. */
export interface CountedFact {
  readonly kind: 'counted';
  /** The argument that is added up, such as `args.amount`; calls are counted when absent. */
  readonly sum?: string;
  /** Names and prefixes; every tool when absent. */
  readonly tools?: readonly string[];
  /** In the order of `CounterDimension`. */
  readonly per: readonly CounterDimension[];
  readonly windowMs: number;
}

/** The detector types found in the value at a path. */
export interface DetectedFact {
  readonly kind: 'detected';
  readonly path: string;
  /** Every type when absent. */
  readonly types?: readonly FindingType[];
}

/** Something conditions may read as `facts.<name>`. */
export type PolicyFact = CallFact | CountedFact | DetectedFact;

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
  /** By name; without a prototype. */
  readonly facts: Readonly<Record<string, PolicyFact>>;
  readonly default?: Outcome;
  readonly rationale?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** RFC 8785 text of the bundle as written, without defaults; the input of `digest`. */
  readonly canonical: string;
  /** SHA-256 of `canonical` in UTF-8, hex. */
  readonly digest: string;
}

/** The bundle's id, version and digest, as decision records carry them. */
export function bundleReference(bundle: PolicyBundle): PolicyReference {
  return { id: bundle.policyId, version: bundle.version, digest: bundle.digest };
}
