import type { Outcome, RecordMode } from '@spanforge/core-events';
import type { ChainReport, RecordState } from './chain.js';
import type { ControlFinding, TraceOutcome } from './decisions.js';
import type { CompletenessFinding } from './finding.js';
import type { ServiceNotes } from './service-notes.js';

/** One record of a trace. */
export interface TimelineEntry {
  readonly index: number;
  readonly id: string;
  /** RFC 3339, the writer's claim. */
  readonly time: string;
  readonly type: string;
  readonly mode: RecordMode;
  readonly agent: string;
  readonly actor: string;
  /** What it is about: a tool, or an action and its resource. */
  readonly subject: string;
  readonly outcome?: Outcome;
  readonly reason: string;
  readonly state: RecordState;
}

/** The four questions of an operator, each answered in sentences. */
export interface TraceSummary {
  readonly allowed: string;
  readonly blocked: string;
  readonly controls: string;
  readonly chain: string;
}

/** What the absence of a record proves. */
export const BOUNDARY =
  'The log shows what governed calls recorded. It cannot show calls that bypassed the governed path.';

/** A report about one trace. Plain data that can be written as JSON. */
export interface TraceReport {
  readonly traceId: string;
  readonly origin: string;
  readonly status: 'found' | 'no_evidence';
  /** The final outcome: a call that was held, approved and executed counts with what it was allowed to do. */
  readonly outcome: TraceOutcome;
  /** The strictest live decision, even when a person overruled it later. */
  readonly strictest: TraceOutcome;
  readonly summary: TraceSummary;
  /** In log order, the only order there is. */
  readonly timeline: readonly TimelineEntry[];
  readonly controls: readonly ControlFinding[];
  /** What each service recorded, with the texts that are still available. */
  readonly services: ServiceNotes;
  readonly chain: ChainReport;
  /** Empty when nothing is missing, inside the boundary. */
  readonly completeness: readonly CompletenessFinding[];
  /** What absence proves: nothing about paths outside the governed boundary. */
  readonly boundary: string;
}
