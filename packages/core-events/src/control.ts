import type { EvidenceContext, PolicyReference } from './context.js';
import type { Decision } from './outcome.js';
import type { Recorder, RuleFinding } from './ports.js';

/** As much of a call as a service needs to decide about it; calls of a governor have more. */
export interface ControlCall {
  readonly tool: string;
  /** What it acts on. */
  readonly resource: string;
  /** What it does there. */
  readonly action: string;
  readonly context: EvidenceContext;
}

/** What a control answers. Records made through its recorder are known already. */
export interface ControlDecision extends Decision {
  /**
   * `false` when the control itself denies the call. That counts as at least `block`, unless the
   * outcome is `human_review`, whatever the rules of a policy say.
   */
  readonly allowed?: boolean;
  /** Ids of records the control wrote elsewhere. */
  readonly ids?: readonly string[];
  /** The bundle that decided, where one did. */
  readonly policy?: PolicyReference;
  /** The rules that had a say, where the control goes by rules. */
  readonly rules?: readonly RuleFinding[];
}

/**
 * A function that decides about a call before its tool runs. It records its reasons through
 * `recorder`, so that they become durable together with the call's own. A control that throws,
 * does not answer with a valid decision, or is too slow counts as `block`.
 */
export type Control<Call extends ControlCall = ControlCall> = (
  call: Call,
  recorder: Recorder,
) => Promise<ControlDecision>;
