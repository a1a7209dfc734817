import type { Decision } from '@spanforge/core-events';
import type { GovernedCall } from './call.js';
import type { CombinedDecision } from './combined-decision.js';
import type { GovernedValue } from './governed-value.js';
import type { LabelPropagation } from './labels.js';
import type { ToolContext, ToolOptions } from './options.js';
import type { CallReport } from './result.js';
import type { Snapshot } from './snapshot.js';

/** A tool under its name; `unknown` is a name nobody registered. */
export type RegisteredTool =
  | {
      readonly kind: 'known';
      readonly options: ToolOptions<never>;
      readonly run: (args: unknown, context: ToolContext) => unknown;
    }
  | { readonly kind: 'unknown'; readonly options: ToolOptions<never> };

/** Whether the controls are to be asked about a call, or govern has already refused it. */
export type Admissibility =
  | { readonly kind: 'askable' }
  | { readonly kind: 'inadmissible'; readonly decision: Decision; readonly cause: unknown };

/** An in-progress call with an immutable snapshot of its arguments. */
export interface OpenCall {
  readonly call: GovernedCall;
  readonly tool: RegisteredTool;
  readonly args: Snapshot;
  /** The arguments as recorded, and their canonical text. */
  readonly argsValue: GovernedValue;
  readonly argsText: string;
  readonly admissibility: Admissibility;
  /** The approval the caller names. */
  readonly reviewId: string | undefined;
  /** The labels the caller gave, before any were found. */
  readonly callerLabels: readonly string[];
  /** How labels reached the arguments. */
  readonly propagation: readonly LabelPropagation[];
  /** Approvals that took labels away. */
  readonly declassifiedBy: readonly string[];
}

/** A call the controls were asked about. */
export interface DecidedCall extends OpenCall {
  readonly combined: CombinedDecision;
  /** From the call to its decision, before anything ran. */
  readonly decisionMs: number;
}

/** The approval a call uses up. */
export interface Approval {
  readonly reviewId: string;
  readonly binding: string;
  /** Which use of a grant this is, from 1; absent for an approval, which is used once. */
  readonly use?: number;
}

/** The part of a result that is the same however a call ended. */
export function reportOf(
  { call }: Pick<OpenCall, 'call'>,
  decision: Decision,
  { executed, decisions, receipts }: Pick<CallReport, 'executed' | 'decisions' | 'receipts'>,
): CallReport {
  const { callId, tool, mode } = call;
  const { outcome, obligations, reason, reasonCode } = decision;
  return {
    callId,
    tool,
    mode,
    executed,
    outcome,
    obligations,
    reason,
    reasonCode,
    decisions,
    receipts,
  };
}
