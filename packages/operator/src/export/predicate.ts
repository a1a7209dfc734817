import type { EvidenceQuery, EvidenceRecord } from '@spanforge/core-events';
import { type PackagePredicate, wireQuery } from '../package/statement.js';
import { isRedacted } from '../trace/decisions.js';
import type { TraceReport } from '../trace/report.js';
import { describePackageChain } from '../trace/summary.js';

/** What a package says of itself. */
export function predicateOf(
  query: EvidenceQuery,
  records: readonly EvidenceRecord[],
  report: Omit<TraceReport, 'services' | 'boundary'>,
  rest: Pick<PackagePredicate, 'size_range' | 'root' | 'generated_at' | 'missing_policies'> & {
    readonly withheld: number;
    readonly missing: number;
  },
): PackagePredicate {
  const { withheld, missing, ...plain } = rest;
  return {
    ...plain,
    log_origin: report.origin,
    query: wireQuery(query),
    outcome: report.outcome,
    strictest: report.strictest,
    summary: { ...report.summary, chain: describePackageChain(records.length, rest.size_range.to) },
    completeness: report.completeness.map((finding) => ({ ...finding })),
    counts: {
      selected: records.length,
      withheld,
      redacted: records.filter(isRedacted).length,
      missing,
    },
  };
}
