import type { PRRIVerdict } from './verdict.js';

/** Describes a score that was computed elsewhere. */
export interface PrriRequest {
  readonly projectId?: string;
  /** `default` when absent. */
  readonly framework?: string;
  /** The parts of the score, by dimension; kept with the result. */
  readonly dimensionBreakdown?: Readonly<Record<string, number>>;
}

/** The band of a score and what follows for the release. */
export interface PrriResult {
  readonly verdict: PRRIVerdict;
  /** False when the release must not go on: RED. */
  readonly allow: boolean;
  readonly prriScore: number;
  readonly framework: string;
  readonly projectId?: string;
  readonly dimensionBreakdown: Readonly<Record<string, number>>;
}
