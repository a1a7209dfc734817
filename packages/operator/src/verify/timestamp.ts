import { type EvidencePackage, TIMESTAMP } from '../package/members.js';
import { readStamp, type TimestampVerifier } from '../package/timestamp.js';
import type { VerificationLedger } from './report.js';

const NAME = 'timestamp';

/** Checks the time stamp on the checkpoint: its files always, its signature where somebody can. */
export async function checkTimestamp(
  pkg: EvidencePackage,
  verify: TimestampVerifier | undefined,
  ledger: VerificationLedger,
): Promise<void> {
  const stamp = readStamp(pkg);
  if (stamp === undefined) {
    if (!verify) return;
    ledger.fail('incomplete', NAME, { file: TIMESTAMP.reply, reason: 'timestamp_missing' });
  } else if (stamp.fault !== undefined) {
    ledger.fail('invalid', NAME, { file: stamp.file, reason: stamp.fault });
  } else if (!verify) {
    ledger.notCovered('the time stamp: no certificate of a time-stamping authority is trusted');
  } else {
    const found = await verify(stamp.reply, stamp.expected);
    if (found.ok) {
      const { time, authority } = found;
      ledger.known.timestamp = { time, authority };
      ledger.pass(NAME, `the checkpoint existed by ${time}, says ${authority}`);
      return;
    }
    const verdict = found.reason === 'untrusted' ? 'incomplete' : 'invalid';
    const reason = `timestamp_${found.reason}`;
    ledger.fail(verdict, NAME, { file: TIMESTAMP.reply, reason });
  }
}
