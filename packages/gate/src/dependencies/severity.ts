import cvss from 'ae-cvss-calculator';
import { SEVERITIES, type Severity } from '../model/finding.js';
import type { Affected, OsvRecord } from './osv-record.js';

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

const WORDS: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  high: 'high',
  important: 'high',
  medium: 'medium',
  moderate: 'medium',
  low: 'low',
};

function wordIn(holder: unknown): Severity | undefined {
  if (typeof holder !== 'object' || holder === null || !('severity' in holder)) return undefined;
  const word = String(holder.severity).toLowerCase();
  return Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
}

/**
 * The severity of an advisory for a package: from its CVSS vectors, or else from the rating its
 * database gives.
 */
export function severityOf(record: OsvRecord, affected: Affected | undefined): Severity {
  if (record.id.startsWith('MAL-')) return 'critical';
  const own = affected?.severity ?? [];
  const vectors = own.length > 0 ? own : record.severity;
  const scores = vectors.flatMap(({ score }) => scoreOf(score) ?? []);
  if (scores.length > 0) return ratingOf(Math.max(...scores));
  return (
    wordIn(affected?.ecosystem_specific) ??
    wordIn(affected?.database_specific) ??
    wordIn(record.database_specific) ??
    'unknown'
  );
}

/** The worse of two severities. */
export function worse(left: Severity, right: Severity): Severity {
  return SEVERITIES.indexOf(left) <= SEVERITIES.indexOf(right) ? left : right;
}
