import type { Candidate } from './source.js';
import { type FindingType, isAlwaysBlocking, isSecret } from './types.js';

/**
 * Joins candidates that overlap: the strongest gives the type, all of them the extent, so that
 * nothing that was found stays unmasked.
 */
export function resolve(
  candidates: readonly Candidate<FindingType>[],
): readonly Candidate<FindingType>[] {
  const sorted = [...candidates].sort((a, b) => a.start - b.start || b.end - a.end);
  const resolved: { best: Candidate<FindingType>; start: number; end: number }[] = [];
  for (const candidate of sorted) {
    const last = resolved.at(-1);
    if (last === undefined || candidate.start >= last.end) {
      resolved.push({ best: candidate, start: candidate.start, end: candidate.end });
      continue;
    }
    last.end = Math.max(last.end, candidate.end);
    if (isStronger(candidate, last.best)) last.best = candidate;
  }
  return resolved.map(({ best, start, end }) => ({ ...best, start, end }));
}

function isStronger(a: Candidate<FindingType>, b: Candidate<FindingType>): boolean {
  const specific = strengthOf(a.type) - strengthOf(b.type);
  if (specific !== 0) return specific > 0;
  if (a.confidence !== b.confidence) return a.confidence > b.confidence;
  return a.end - a.start > b.end - b.start;
}

/** An address in a connection string is a part of it; a key of some kind is also a generic one. */
function strengthOf(type: FindingType): number {
  if (isAlwaysBlocking(type)) return 3;
  if (type === 'credential') return 1;
  return isSecret(type) && type !== 'generic_key' ? 2 : 0;
}
