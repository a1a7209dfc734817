import type { Anchors } from './anchors.js';
import type { CheckedCheckpoint } from './checkpoint.js';
import type { VerificationLedger } from './report.js';
import type { CheckedStatement } from './statement.js';

/** Notes what the trusted keys do not cover, and the reason of the verdict. */
export function weighTrust(
  anchors: Anchors,
  statement: CheckedStatement,
  checked: CheckedCheckpoint | undefined,
  macs: boolean,
  ledger: VerificationLedger,
): void {
  const byLog = checked?.trusted ?? false;
  if (!byLog) ledger.notCovered('the signature of the log on its checkpoint');
  if (!statement.trusted) {
    ledger.notCovered('files outside the log, such as VERIFY.md, keys and package.dsse.json');
    if (ledger.known.complete !== 'proven')
      ledger.notCovered('whether every record of the query is here');
  }
  if (byLog && ledger.clean('inclusion') && ledger.counts.records > 0) {
    const { timestamp, witnesses } = ledger.known;
    const stamped = witnesses?.quorum === 'met' ? 'L3' : 'L2';
    ledger.known.level = timestamp ? stamped : 'L1';
  } else if (macs) ledger.known.level = 'L0';
  if (statement.trusted) return;
  if (anchors.packageKeys.length === 0 && anchors.noteVerifiers.length === 0 && !macs) {
    ledger.fail('untrusted', 'trust', { reason: 'no_trusted_key' });
  } else {
    ledger.fail('incomplete', 'trust', { reason: 'no_trusted_package_key' });
  }
}
