import type { EvidenceRecord } from '@spanforge/core-events';
import { type PackagePredicate, selectsWholeTraces } from '../package/statement.js';
import { findInRecords, isViolation } from '../trace/completeness.js';
import { EXPORTERS_WORD } from '../trace/finding.js';
import { outcomeOf, strictestOf } from '../trace/outcome.js';
import type { VerificationLedger } from './report.js';

const NAME = 'conduct';

/**
 * Reports violations that the records show: an authentic package about a call that ran although a
 * control blocked it has the verdict `violation`, not `valid`.
 *
 * @param believed True when the records are covered by a trusted key.
 */
export function checkConduct(
  records: readonly EvidenceRecord[],
  predicate: PackagePredicate | undefined,
  believed: boolean,
  ledger: VerificationLedger,
): void {
  const whole = predicate !== undefined && selectsWholeTraces(predicate.query);
  const findings = findInRecords(records, whole);
  const stated = predicate?.completeness.filter(({ code }) => EXPORTERS_WORD.has(code)) ?? [];
  ledger.known.outcome = outcomeOf(records);
  ledger.known.strictest = strictestOf(records);
  ledger.known.findings = [...findings, ...(stated as typeof findings)];
  // Unsigned records prove nothing; other checks report that they are untrusted.
  for (const { code, index } of believed ? findings.filter(isViolation) : []) {
    ledger.fail('violation', NAME, { ...(index === undefined ? {} : { index }), reason: code });
  }
  if (ledger.clean(NAME) && whole && records.length > 0)
    ledger.pass(NAME, 'whatever ran was decided, and no decision was used for anything else');
}
