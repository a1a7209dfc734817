import type { Disclosure } from '@spanforge/core-signing';
import type { EvidenceContext, PolicyReference } from './context.js';
import type { Decision, Outcome } from './outcome.js';
import type { Recorder } from './ports.js';

/** A call of the same trace that was completed and whose result was released. */
export interface PastCall {
  readonly tool: string;
  readonly args: unknown;
  readonly result: unknown;
  /** Labels on the result. */
  readonly labels?: readonly string[];
}

/** A question to a policy. */
export interface PolicyRequest {
  /** The service that asks, such as `sf_scope`. */
  readonly service: string;
  /** The control that asks, such as `capability_enforcement`. */
  readonly control: string;
  readonly tool?: string;
  readonly resource?: string;
  readonly action?: string;
  readonly args?: unknown;
  readonly actor?: { readonly id: string; readonly roles?: readonly string[] };
  readonly agent?: { readonly id: string; readonly capabilities?: readonly string[] };
  readonly env?: string;
  readonly labels?: readonly string[];
  /** Facts by name; they take precedence over those taken from `calls`. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** The trace so far, oldest first. Facts are taken from it; it is not recorded, but they are. */
  readonly calls?: readonly PastCall[];
  /**
   * Identifies the call: a budget counts it once, however often it is asked about. Not recorded.
   */
  readonly callId?: string;
  /**
   * Identifies this invocation: a repeated call has the same `callId` and another `invocationId`.
   */
  readonly invocationId?: string;
  /** The measured value that thresholds are compared with. */
  readonly observed?: number;
  /** Supplied by the caller; not trusted. */
  readonly context?: Readonly<Record<string, unknown>>;
  /**
   * The same `args` and `result` as disclosures. The decider's record then commits to them by
   * digest, under the names `args` and `result`, and attaches them, instead of storing them inside
   * its own `request` value. A stage stores each of them once, with one record of the trace;
   * `readValues` finds it there.
   */
  readonly disclosed?: { readonly args?: Disclosure; readonly result?: Disclosure };
  /** Epoch milliseconds: the decider reads no clock. */
  readonly time: number;
}

/** One rule that contributed to a decision, and why. */
export interface RuleFinding {
  readonly ruleId: string;
  readonly action: Outcome;
  /** `shadow` findings are reported and do not count. */
  readonly finding: 'triggered' | 'indeterminate' | 'shadow';
  readonly reason: string;
  readonly comparator?: string;
  readonly threshold?: number;
  readonly observed?: number;
  /** The values the rule's condition read, by path. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** The answer of a policy. */
export interface PolicyVerdict extends Decision {
  /** False if no rule and no default applied; then the service decides alone. */
  readonly matched: boolean;
  readonly rules: readonly RuleFinding[];
  /** Absent when no bundle is active. */
  readonly policy?: PolicyReference;
  /** The log size up to which policy state had been applied. */
  readonly stateSize?: number;
  /** Id of the decision's own record; absent if it was asked without a scope or not recorded. */
  readonly decisionId?: string;
}

/** Recorder and context for the record of a policy decision. */
export interface DecisionScope {
  readonly recorder: Recorder;
  readonly context: EvidenceContext;
}

/** A point in a service at which a policy may be asked. */
export interface DecisionPoint {
  readonly service: string;
  readonly control: string;
  readonly context: EvidenceContext;
}

/** The port through which a policy is asked. */
export interface PolicyDecider {
  /**
   * Decides. With a scope, the decision is also recorded as `spanforge.policy.decision.v1` through
   * the scope's recorder, once, and the verdict contains the record's id as `decisionId`; without
   * one, nothing is recorded. Never rejects: what cannot be decided or recorded is `block`.
   */
  decide(request: PolicyRequest, scope?: DecisionScope): Promise<PolicyVerdict>;
  /**
   * Whether the answer could be anything but "nothing applies". Synchronous, and `false` only if
   * the decider's state is fresh and no rule (live or shadow), no default and no answer for "no
   * bundle in force" could apply. On `false`, the caller need not ask. A decider without this
   * method is always asked.
   */
  hasSay?(point: DecisionPoint): boolean;
  /**
   * Whether the bundle in force has an enabled rule about a control, its default left aside; true
   * where that cannot be told. Unlike `hasSay` it reads what it does not know freshly, so that
   * `hasSay` speaks of the present right after it.
   */
  hasRule?(point: DecisionPoint): boolean | Promise<boolean>;
}
