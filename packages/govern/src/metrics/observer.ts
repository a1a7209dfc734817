import type { Outcome } from '@spanforge/core-events';
import type { Effect, GovernMode } from '../call.js';
import type { GovernedResult } from '../result.js';

/** How one call went, without anything of what it was about. */
export interface CallObservation {
  readonly tool: string;
  readonly effect: Effect;
  readonly mode: GovernMode;
  /** `unrecorded` where the ending could not be put on record, or something broke. */
  readonly status: GovernedResult<unknown>['status'] | 'unrecorded';
  readonly outcome: Outcome;
  readonly reasonCode: string;
  readonly executed: boolean;
  /** True when a control was asked, or govern itself refused. */
  readonly evaluated: boolean;
  /** Milliseconds from the call to its decision. */
  readonly decisionMs: number;
}

/** Told how each call went; it is not waited for, and what it throws is ignored. */
export type GovernObserver = (observation: CallObservation) => void;
