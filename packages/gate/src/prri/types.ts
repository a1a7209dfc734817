import type { PRRIVerdict } from '../model/verdict.js';

/** About a score that was computed elsewhere. */
export interface PrriRequest {
  readonly projectId?: string;
  /** `default` when absent. */
  readonly framework?: string;
  /** What the score is made of, by dimension; kept with the result. */
  readonly dimensionBreakdown?: Readonly<Record<string, number>>;
}

/** What a score comes to. */
export interface PrriResult {
  readonly verdict: PRRIVerdict;
  /** False when the release must not go on: RED. */
  readonly allow: boolean;
  readonly prriScore: number;
  readonly framework: string;
  readonly projectId?: string;
  readonly dimensionBreakdown: Readonly<Record<string, number>>;
}
