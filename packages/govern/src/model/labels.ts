import type { PastCall } from '@spanforge/core-events';
import type { GovernedCall } from './call.js';

/**
 * How a label reached the arguments of a call. `context`: labelled data was read earlier in the
 * same run. `exact`: a value reappears. `partial`: part of a value reappears.
 */
export type LabelPropagationMode = 'context' | 'exact' | 'partial';

/** One label, and the call it came from. */
export interface LabelPropagation {
  readonly label: string;
  readonly mode: LabelPropagationMode;
  readonly fromCallId: string;
}

/** An earlier call that let something through, as a label tracker sees it. */
export interface LabelledCall extends PastCall {
  /** Empty in the entry that stands for all calls no longer kept individually. */
  readonly callId: string;
  readonly labels: readonly string[];
  /** True when arguments or result are no longer available; assume they contained anything. */
  readonly lost: boolean;
}

/**
 * Finds labels. It is synchronous and depends only on its input. If it throws, or does not answer
 * with labels, the call is blocked or its result withheld.
 */
export interface CallLabelTracker {
  /** Labels the arguments took over from earlier calls. The caller's own labels are added to them. */
  onCall(asked: {
    readonly call: GovernedCall;
    readonly args: unknown;
    /** Oldest first. Failed calls are included, with the error in the place of the result. */
    readonly past: readonly LabelledCall[];
  }): { readonly labels: readonly string[]; readonly via: readonly LabelPropagation[] };
  /**
   * Labels of a result: those of the arguments that it takes over. The caller's labels of the
   * arguments, and the operator's labels of the tool, are always added to them.
   */
  onResult(asked: {
    readonly call: GovernedCall;
    readonly result: unknown;
    readonly inputLabels: readonly string[];
  }): readonly string[];
}
