import { matchesDisclosure } from '@spanforge/core-signing';
import type { EvidenceRecord } from '../evidence.js';
import { auditGapV1 } from '../records/audit-gap-v1.js';
import type { RecordFault } from './decode.js';
import { checkDisclosures } from './fsck-disclosures.js';
import { isUnreadable } from './fsck-reads.js';
import { type FsckFinding, fault } from './fsck-report.js';
import type { TermsCheck } from './fsck-terms.js';
import type { RecordNames } from './skim/scan-record.js';
import type { StoreDisclosure, StoredRecord, StoredRow } from './store.js';
import { recordIn } from './stored-rows.js';
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
  /** How many records have a fault. */
  readonly faults: Map<RecordFault, number>;
  readonly numbers: WriterNumbers;
  /** Told of each record; of most by its names alone. */
  readonly note: (
    record: { readonly index: number; readonly time: string | number },
    decoded?: EvidenceRecord,
  ) => void;
}

/** Records with one fault that are named; the others are counted. */
const MAX_NAMED = 100;

function noteFault(
  { findings, faults }: RecordCheckParts,
  code: RecordFault,
  index: number,
  what: string,
): void {
  const count = (faults.get(code) ?? 0) + 1;
  faults.set(code, count);
  const text = what === code ? `record ${index}: ${what}` : `record ${index} ${what}`;
  if (count <= MAX_NAMED) findings.push(fault(code, text, index));
}

/** What is only counted, one finding for each fault. */
export function moreFaults(faults: RecordCheckParts['faults']): readonly FsckFinding[] {
  return [...faults]
    .filter(([, count]) => count > MAX_NAMED)
    .map(([code, count]) => fault(code, `${count - MAX_NAMED} more records: ${code}`));
}

/** Checks a record by its names alone, which is enough for nearly all. */
function checkNames(
  { terms, findings, numbers, note }: RecordCheckParts,
  index: number,
  names: RecordNames,
): void {
  terms.noteNames(index, names);
  numbers.noteNumber(names, index, findings);
  note({ index, time: names.timeMs });
}

/** Whether a record is seen by its names alone to commit to all of its disclosures. */
function commitsTo(names: RecordNames, disclosures: readonly StoreDisclosure[]): boolean {
  for (const one of disclosures) {
    if (!names.commits(one.name, one.digest) || !matchesDisclosure(one)) return false;
  }
  return true;
}

function checkDisclosuresOf(
  { log, findings }: RecordCheckParts,
  stored: StoredRecord,
  disclosures: readonly StoreDisclosure[],
): void {
  const decoded = log.decode(stored);
  if (decoded.ok) checkDisclosures(decoded.record, stored.index, disclosures, findings);
}

function checkDecoded(
  parts: RecordCheckParts,
  stored: StoredRecord,
  index: number,
  disclosures: readonly StoreDisclosure[],
): Taken {
  const { log, terms, findings, numbers, note } = parts;
  if (isUnreadable(stored)) {
    terms.note(stored, { ok: false, index, fault: 'not_a_record' });
    noteFault(parts, 'not_a_record', index, 'cannot be read');
    return {};
  }
  const decoded = log.decode(stored);
  terms.note(stored, decoded);
  if (!decoded.ok) {
    noteFault(parts, decoded.fault, index, decoded.fault);
    return takenBy(stored);
  }
  const { record } = decoded;
  numbers.note(record, findings);
  note(record, record);
  checkDisclosures(record, index, disclosures, findings);
  return takenIn(record.index, record.append);
}

/**
 * Checks the record that stands at `index`, and the disclosures that the store keeps with it. Answers with the claim
 * and key that it names.
 */
export function checkRecord(
  parts: RecordCheckParts,
  stored: StoredRecord,
  index: number,
  disclosures: readonly StoreDisclosure[],
): Taken {
  if (stored.index !== index) {
    const message = `index ${stored.index} stands where ${index} belongs`;
    parts.findings.push(fault('index_mismatch', message, index));
  }
  const names = isUnreadable(stored) ? undefined : parts.log.skim?.(stored);
  if (names && isEnough(names)) {
    checkNames(parts, stored.index, names);
    const taken = takenIn(stored.index, names.append);
    if (!commitsTo(names, disclosures)) checkDisclosuresOf(parts, stored, disclosures);
    return taken;
  }
  return checkDecoded(parts, stored, index, disclosures);
}

/** The same for the record at a place of a row. */
export function checkInRow(
  parts: RecordCheckParts,
  row: StoredRow,
  at: number,
  disclosures: readonly StoreDisclosure[],
): Taken {
  const index = row.first + at;
  const names = parts.log.skimRow?.(row, at);
  if (names && isEnough(names)) {
    checkNames(parts, index, names);
    const taken = takenIn(index, names.append);
    if (!commitsTo(names, disclosures)) checkDisclosuresOf(parts, recordIn(row, at), disclosures);
    return taken;
  }
  return checkDecoded(parts, recordIn(row, at), index, disclosures);
}
