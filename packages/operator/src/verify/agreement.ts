import type { EvidenceRecord } from '@spanforge/core-events';
import { canonicalize, toHex } from '@spanforge/core-signing';
import { type EvidencePackage, MEMBER } from '../package/members.js';
import { policyDigests } from '../package/policies.js';
import { type PackagePredicate, selectsWholeTraces } from '../package/statement.js';
import { commitmentsOf } from '../trace/commitments.js';
import { findInRecords } from '../trace/completeness.js';
import { isRedacted } from '../trace/decisions.js';
import { type CompletenessFinding, EXPORTERS_WORD } from '../trace/finding.js';
import { outcomeOf, strictestOf } from '../trace/outcome.js';
import { describePackageChain, summarise } from '../trace/summary.js';
import type { CheckedCheckpoint } from './checkpoint.js';
import type { VerificationLedger } from './report.js';
import type { DisclosedValues } from './values.js';

const NAME = 'agreement';

/** Proven records and their disclosed values. */
interface CheckedRecords {
  readonly records: readonly EvidenceRecord[];
  readonly opened: DisclosedValues;
}

const statedFindings = ({ completeness }: PackagePredicate) =>
  completeness.filter(({ code }) => !EXPORTERS_WORD.has(code));

const wireFindings = (findings: readonly CompletenessFinding[]) =>
  findings.map((finding) => ({ ...finding }));

function summaryClaims(
  { summary, outcome }: PackagePredicate,
  records: readonly EvidenceRecord[],
  size: number,
): readonly (readonly [claim: string, said: unknown, shown: unknown])[] {
  const shown = summarise(records, outcome, describePackageChain(records.length, size));
  return (['allowed', 'blocked', 'controls', 'chain'] as const).map((part) => [
    `summary.${part}`,
    summary[part],
    shown[part],
  ]);
}

/** Pairs of what the statement claims and what the other files show; each pair must be equal. */
function claims(
  pkg: EvidencePackage,
  predicate: PackagePredicate,
  { records, opened }: CheckedRecords,
  { checkpoint }: CheckedCheckpoint,
): readonly (readonly [claim: string, said: unknown, shown: unknown])[] {
  const { counts, size_range: range } = predicate;
  const closed = records
    .flatMap(commitmentsOf)
    .filter(([name, digest]) => opened.get(digest)?.name !== name).length;
  const absent = policyDigests(records).filter((digest) => !pkg.has(`policy/${digest}.json`));
  const outcome = outcomeOf(records);
  const strictest = strictestOf(records);
  const shown = wireFindings(findInRecords(records, selectsWholeTraces(predicate.query)));
  const grown = range.from === 0 || pkg.has(`consistency-${range.from}-${range.to}.txt`);
  return [
    ['log_origin', predicate.log_origin, checkpoint.origin],
    ['size_range', range.to, checkpoint.size],
    ['size_range', true, grown],
    ['root', predicate.root, toHex(checkpoint.root)],
    ['outcome', predicate.outcome, outcome],
    ['strictest', predicate.strictest ?? strictest, strictest],
    ...summaryClaims(predicate, records, checkpoint.size),
    ['completeness', canonicalize(statedFindings(predicate)), canonicalize(shown)],
    ['counts.selected', counts.selected, records.length],
    ['counts.redacted', counts.redacted, records.filter(isRedacted).length],
    ['counts.withheld', counts.withheld + counts.missing, closed],
    ['missing_policies', predicate.missing_policies.join(), absent.join()],
  ];
}

const namesIn = (list: unknown): readonly unknown[] => (Array.isArray(list) ? list : []);

const ruleIdsOf = ({ rules }: EvidenceRecord['body']): readonly unknown[] =>
  namesIn(rules).map((rule) => (rule as { rule_id?: unknown } | null)?.rule_id);

/** Whether a record matches the query in the package's statement. */
function fits(record: EvidenceRecord, { query }: PackagePredicate): boolean {
  const { context, type, body } = record;
  const timeMs = Date.parse(record.time);
  return (
    (query.trace_id ?? context.traceId) === context.traceId &&
    (query.run ?? context.run) === context.run &&
    (query.tenant ?? context.tenant) === context.tenant &&
    (query.project ?? context.project) === context.project &&
    (query.types?.includes(type) ?? true) &&
    (query.outcome ?? body.outcome) === body.outcome &&
    (query.agent ?? context.agent) === context.agent &&
    (query.actor ?? context.actor) === context.actor &&
    (query.tool ?? body.tool) === body.tool &&
    (query.rule === undefined || ruleIdsOf(body).includes(query.rule)) &&
    (query.subject === undefined || namesIn(body.subjects).includes(query.subject)) &&
    timeMs >= (query.from_time_ms ?? timeMs) &&
    (query.to_time_ms === undefined || timeMs < query.to_time_ms)
  );
}

/** Checks that the statement claims no more than the records show. */
export function checkAgreement(
  pkg: EvidencePackage,
  predicate: PackagePredicate,
  found: CheckedRecords,
  checked: CheckedCheckpoint,
  ledger: VerificationLedger,
): void {
  for (const [claim, said, shown] of claims(pkg, predicate, found, checked)) {
    if (said === shown) continue;
    ledger.fail('invalid', NAME, { file: MEMBER.statement, reason: `${claim}_mismatch` });
  }
  for (const record of found.records) {
    if (fits(record, predicate)) continue;
    ledger.fail('invalid', NAME, { index: record.index, reason: 'record_outside_query' });
  }
  if (ledger.clean(NAME)) ledger.pass(NAME, 'the statement says what the records show');
}
