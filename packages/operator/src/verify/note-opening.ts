import type { EvidenceRecord } from '@spanforge/core-events';
import { logOpenedV1 } from '@spanforge/core-events/records';
import type { VerificationLedger } from './report.js';

/** Notes the predecessor that the first record of a log names. */
export function noteOpening(records: readonly EvidenceRecord[], ledger: VerificationLedger): void {
  const first = records.find(({ index, type }) => index === 0 && type === logOpenedV1.key);
  if (!first || !ledger.clean('inclusion')) return;
  try {
    const { predecessor, predecessorSize, predecessorRoot } = logOpenedV1.fromWire(first.body);
    if (predecessor === undefined || predecessorSize === undefined) return;
    if (predecessorRoot === undefined) return;
    const [origin, size, root] = [predecessor, predecessorSize, predecessorRoot];
    ledger.known.succeeds = { origin, size, root };
  } catch {
    ledger.fail('invalid', 'records', { index: 0, reason: 'not_a_record' });
  }
}
