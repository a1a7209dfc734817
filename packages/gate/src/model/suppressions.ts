import type { GateFinding } from './finding.js';

/** One use of a suppression, for the attestation. */
export interface SuppressionUse {
  readonly fingerprint: string;
  readonly owner: string;
  readonly reason: string;
  readonly expires: string;
  readonly used: number;
}

/** The suppressions of a run, and how they were used. */
export interface SuppressionBook {
  /** Returns the findings, marked where a suppression in force covers them. */
  apply(findings: readonly GateFinding[]): readonly GateFinding[];
  /** The uses so far. */
  uses(): readonly SuppressionUse[];
  /** Fingerprints of entries that have expired, or that matched nothing. */
  faults(): { readonly expired: readonly string[]; readonly unmatched: readonly string[] };
  readonly size: number;
  /** SHA-256 of the file, hex; absent without one. */
  readonly sha256?: string;
}
