import cvss from 'ae-cvss-calculator';
import type { Severity } from '../model/finding.js';

/** The qualitative rating of a score in CVSS 3.1 and 4.0. */
export function ratingOf(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'unknown';
}

/** The base score of a CVSS vector, versions 2 to 4; undefined when the text is not one. */
export function scoreOf(vector: string): number | undefined {
  if (vector.length > 1024) return undefined;
  try {
    const scores: unknown = cvss.fromVector(vector)?.calculateScores();
    const { base, overall } = (scores ?? {}) as Readonly<Record<string, unknown>>;
    const score = typeof base === 'number' ? base : overall;
    return typeof score === 'number' && score >= 0 && score <= 10 ? score : undefined;
  } catch {
    return undefined;
  }
}
