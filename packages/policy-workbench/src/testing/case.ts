import type { Obligation, Outcome, PolicyRequest } from '@spanforge/core-events';

/** What a case expects of the verdict; what is left out may be anything. */
export interface Expectation {
  readonly outcome: Outcome;
  /** Rules that must have triggered; others may have too. */
  readonly triggered?: readonly string[];
  /** Rules that must not have been decidable. */
  readonly indeterminate?: readonly string[];
  /** Rules that must have been reported from a shadow stage. */
  readonly shadow?: readonly string[];
  /** Rules that must have had no say. */
  readonly silent?: readonly string[];
  /** Exactly these, in any order. */
  readonly obligations?: readonly Obligation[];
  readonly reasonCode?: string;
}

/** One request, and what a bundle must say to it. */
export interface PolicyCase {
  /** Unique among its neighbours. */
  readonly name: string;
  /** Epoch milliseconds are optional here: a bundle's `effective_at` when absent. */
  readonly request: Omit<PolicyRequest, 'time'> & { readonly time?: number };
  /** Sums of counted facts, by name: nobody counts in a test. */
  readonly counted?: Readonly<Record<string, number>>;
  readonly expect: Expectation;
}

/** The cases of a bundle, as one file holds them. */
export interface PolicyCases {
  /**
   * `ended` judges every rule as if its shadow stage were over, so that the cases of a bundle in the
   * shadow hold for it in force as well; `as_written` leaves stages to the time of each request.
   */
  readonly stages: 'as_written' | 'ended';
  readonly cases: readonly PolicyCase[];
}

/** The request of a case as a bundle is asked, at its own time or that of the bundle. */
export function requestOf({ request }: PolicyCase, effectiveAtMs: number): PolicyRequest {
  return { ...request, time: request.time ?? effectiveAtMs };
}

/** The parts of a request that a case writes under the same name. */
export const PLAIN_PARTS = [
  'service',
  'control',
  'tool',
  'resource',
  'action',
  'args',
  'actor',
  'agent',
  'env',
  'labels',
  'calls',
  'facts',
  'observed',
  'context',
] as const satisfies readonly (keyof PolicyRequest)[];

/** What a request is about where a case does not say. */
export const DEFAULT_CONTROL = { service: 'sf_govern', control: 'tool_call' } as const;
