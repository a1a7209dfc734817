import type { EvidenceContext, PolicyReference } from './context.js';
import type { Decision } from './outcome.js';
import type { RuleFinding } from './policy-port.js';
import type { Recorder } from './ports.js';

/**
 * The part of a call that a service needs for its decision; calls of a governor have more members.
 */
export interface ControlCall {
  readonly tool: string;
  /** The resource it acts on. */
  readonly resource: string;
  /** The action on the resource. */
  readonly action: string;
  readonly context: EvidenceContext;
}

/** The decision of a control. It need not list records that it made through its recorder. */
export interface ControlDecision extends Decision {
  /**
   * `false` when the control itself denies the call. That counts as at least `block`, unless the
   * outcome is `human_review`, whatever the rules of a policy say.
   */
  readonly allowed?: boolean;
  /** Ids of records that the control wrote in another way. */
  readonly ids?: readonly string[];
  /** The bundle that decided, if one did. */
  readonly policy?: PolicyReference;
  /** The rules that contributed, if the control uses rules. */
  readonly rules?: readonly RuleFinding[];
}

/**
 * A function that decides about a call before its tool runs. It records its reasons through
 * `recorder`, so that they become durable together with the call's own records. A control that
 * throws, returns an invalid decision, or takes too long counts as `block`.
 */
export type Control<Call extends ControlCall = ControlCall> = (
  call: Call,
  recorder: Recorder,
) => Promise<ControlDecision>;
