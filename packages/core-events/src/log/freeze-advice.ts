const OTHER_KEY =
  'put the right key file back; if the key is yours, as after a rotation that was interrupted, run "keys init", and then "keys retire" for the key that it replaced';
const CHANGED =
  'records that were signed are not what was signed: see "audit fsck"; put the right database back, or go on with "audit succeed"';
const OTHER_FILE =
  'the files of the log were changed under a service that had them open: stop the services, see "audit fsck", put the right database back if records are missing, and start again';
const MARK = 'put the right mark back, or go on with "audit succeed"';

const ADVICE: Readonly<Record<string, string>> = {
  key_unknown: OTHER_KEY,
  package_key_unknown: OTHER_KEY,
  first_record_damaged:
    'the first record, which names the log, is damaged, or its HMAC is not by a key in the folder of keys: see "audit fsck"; put the right database or record key back, or go on with "audit succeed"',
  mark_missing: `checkpoints were released, but the signer's mark is gone: ${MARK}`,
  mark_unreadable: `the signer's mark cannot be read: ${MARK}`,
  mark_of_another_log: `the signer's mark belongs to another log: ${MARK}`,
  mark_rolled_back: `the signer's mark is older than what was signed: ${MARK}`,
  rolled_back:
    'the log is shorter than what was signed: put the right database back, or go on with "audit succeed"',
  history_changed: CHANGED,
  index_changed: CHANGED,
  index_mismatch: CHANGED,
  leaf_mismatch: CHANGED,
  records_missing: CHANGED,
  file_replaced: OTHER_FILE,
  file_overwritten: OTHER_FILE,
  other_application: OTHER_FILE,
  schema_version: OTHER_FILE,
};

/** What a reason for which a log is frozen means, and what to do, in one sentence for an operator. */
export function freezeAdvice(reason: string): string {
  const known = Object.hasOwn(ADVICE, reason) ? ADVICE[reason] : undefined;
  return (
    known ??
    'run "doctor" and "audit fsck"; a log that cannot be mended goes on with "audit succeed"'
  );
}
