import { matchesDisclosure } from '@spanforge/core-signing';
import type { EvidenceRecord } from '../evidence.js';
import { auditGapV1 } from '../records/audit-gap-v1.js';
import { checkDisclosures } from './fsck-disclosures.js';
import { type FsckFinding, fault } from './fsck-report.js';
import type { TermsCheck } from './fsck-terms.js';
import type { RecordNames } from './skim/scan-record.js';
import type { StoreDisclosure, StoredRecord } from './store.js';
import type { Taken } from './taken.js';
import { takenBy, takenIn } from './taken.js';
import type { EvidenceLog } from './types.js';
import type { WriterNumbers } from './writer-numbers.js';

/** True if the names of a record are enough. Gaps and counted entries are in the body, which has to be parsed. */
const isEnough = ({ type, counted }: RecordNames): boolean => type !== auditGapV1.key && !counted;

/** What checking records needs. */
export interface RecordCheckParts {
  readonly log: EvidenceLog;
  readonly terms: TermsCheck;
  readonly findings: FsckFinding[];
  readonly numbers: WriterNumbers;
  /** Told of each record; of most by its names alone. */
  readonly note: (
    record: { readonly index: number; readonly time: string | number },
    decoded?: EvidenceRecord,
  ) => void;
}

/** The claim and key that a record names, and whether to compare terms now. */
interface CheckedRecord {
  readonly isDue: boolean;
  readonly taken: Taken;
}

/** Checks a record by its names alone, which is enough for nearly all. */
function checkNames(
  { log, terms, findings, numbers, note }: RecordCheckParts,
  stored: StoredRecord,
  index: number,
  names: RecordNames,
  disclosures: readonly StoreDisclosure[],
): CheckedRecord {
  const isDue = terms.noteNames(stored.index, names);
  const taken = takenIn(stored.index, names.append);
  const { writerId: id, boot, n } = names;
  numbers.noteNumber({ id, boot, n }, stored.index, findings);
  note({ index: stored.index, time: names.timeMs });
  const isCommitted = (one: StoreDisclosure): boolean =>
    names.commits(one.name, one.digest) && matchesDisclosure(one);
  if (!disclosures.every(isCommitted)) {
    const decoded = log.decode(stored);
    if (decoded.ok) checkDisclosures(decoded.record, index, disclosures, findings);
  }
  return { isDue, taken };
}

/** Checks the record that stands at `index`, and the disclosures that the store keeps with it. */
export function checkRecord(
  parts: RecordCheckParts,
  stored: StoredRecord,
  index: number,
  disclosures: readonly StoreDisclosure[],
): CheckedRecord {
  const { log, terms, findings, numbers, note } = parts;
  if (stored.index !== index) {
    const message = `index ${stored.index} stands where ${index} belongs`;
    findings.push(fault('index_mismatch', message, index));
  }
  const names = log.skim?.(stored);
  if (names && isEnough(names)) return checkNames(parts, stored, index, names, disclosures);
  const decoded = log.decode(stored);
  const isDue = terms.note(stored, decoded);
  if (!decoded.ok) {
    findings.push(fault(decoded.fault, `record ${index}: ${decoded.fault}`, index));
    return { isDue, taken: takenBy(stored) };
  }
  const { record } = decoded;
  numbers.note(record, findings);
  note(record, record);
  checkDisclosures(record, index, disclosures, findings);
  return { isDue, taken: takenIn(record.index, record.append) };
}
