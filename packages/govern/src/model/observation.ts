import type { Outcome } from '@spanforge/core-events';
import type { GovernMode, ToolEffect } from './call.js';
import type { GovernedResult } from './result.js';

/** How one call went, without any of its content. */
export interface CallObservation {
  readonly tool: string;
  readonly effect: ToolEffect;
  readonly mode: GovernMode;
  /** `unrecorded` when the ending could not be recorded, or something failed unexpectedly. */
  readonly status: GovernedResult<unknown>['status'] | 'unrecorded';
  readonly outcome: Outcome;
  readonly reasonCode: string;
  readonly executed: boolean;
  /** True when the call was evaluated, by the same rule as `metricsFromLog`. */
  readonly evaluated: boolean;
  /** Milliseconds from the call to its decision. */
  readonly decisionMs: number;
}

/** Called with how each call went. It is not awaited, and errors it throws are ignored. */
export type GovernObserver = (observation: CallObservation) => void;
