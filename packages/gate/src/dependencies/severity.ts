import { ratingOf, scoreOf } from '../engines/cvss.js';
import { SEVERITIES, type Severity } from '../model/finding.js';
import type { Affected, OsvRecord } from './osv-record.js';

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
