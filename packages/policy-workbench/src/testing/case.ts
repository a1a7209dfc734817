import type { Obligation, Outcome, PolicyRequest } from '@spanforge/core-events';

/** What a case expects of the verdict; anything is accepted for what is left out. */
export interface Expectation {
  readonly outcome: Outcome;
  /** Rules that must have triggered; others may have too. */
  readonly triggered?: readonly string[];
  /** Rules that must not have been decidable. */
  readonly indeterminate?: readonly string[];
  /** Rules that must have been reported from a shadow stage. */
  readonly shadow?: readonly string[];
  /** Rules that must not have contributed. */
  readonly silent?: readonly string[];
  /** Exactly these, in any order. */
  readonly obligations?: readonly Obligation[];
  readonly reasonCode?: string;
}

/** One request, and the expected answer of a bundle. */
export interface PolicyCase {
  /** Unique in its file. */
  readonly name: string;
  /** The time is optional here; default the bundle's `effective_at`. */
  readonly request: Omit<PolicyRequest, 'time'> & { readonly time?: number };
  /** Sums of counted facts, by name, since nothing is counted in a test. */
  readonly counted?: Readonly<Record<string, number>>;
  readonly expect: Expectation;
}

/** The cases of a bundle, as in one file. */
export interface PolicyCases {
  /**
   * `ended` judges every rule as if its shadow stage had ended, so that the cases of a bundle in
   * shadow also hold once it is in force; `as_written` applies stages by the time of each request.
   */
  readonly stages: 'as_written' | 'ended';
  readonly cases: readonly PolicyCase[];
}

/** The request of a case, at its own time or that of the bundle. */
export function requestOf({ request }: PolicyCase, effectiveAtMs: number): PolicyRequest {
  return { ...request, time: request.time ?? effectiveAtMs };
}

/** Members of a request that have the same name in a case. */
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

/** The control of a request if the case names none. */
export const DEFAULT_CONTROL = { service: 'sf_govern', control: 'tool_call' } as const;
