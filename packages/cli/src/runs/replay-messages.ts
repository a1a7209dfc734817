import type { LogRange, ReplayedRange } from '@spanforge/policy-rollout';
import type { LogFilter } from './traffic.js';

/** What a thread of a replay is started with. Bundles are their canonical text. */
export interface ReplayThreadData {
  /** The workspace folder, which the thread opens for reading alone. */
  readonly root: string;
  readonly filter: LogFilter;
  readonly candidate: string;
  readonly baseline?: string;
  readonly anyEnvironment: boolean;
}

/** What a thread of a replay is asked: a range, or to end. */
export type ReplayThreadRequest = LogRange | 'end';

/** A range, and its decisions as lines of the report. */
export interface RangeOfLines extends ReplayedRange {
  readonly lines: Uint8Array;
}

/** What a thread answers with; what it failed with is for people. */
export type ReplayThreadAnswer = { readonly range: RangeOfLines } | { readonly failed: string };
