import type { EvidenceRecord } from '../evidence.js';
import { auditGapV1 } from '../records/audit-gap-v1.js';
import type { FsckFinding } from './fsck-report.js';
import { createNumberRanges, type NumberRanges } from './number-ranges.js';
import type { RecordNames } from './skim/scan-record.js';

/** Numbers of a writer that no record has and no `audit.gap` explains. */
export interface MissingNumbers {
  readonly id: string;
  readonly boot: string;
  readonly from: number;
  readonly to: number;
}

/** Checks that no writer's numbers have an unexplained hole. */
export interface WriterNumbers {
  /** Adds a record and what it says about unused numbers; reports faults. */
  note(record: EvidenceRecord, findings: FsckFinding[]): void;
  /** The same for a record that says nothing about unused numbers. */
  noteNumber(
    names: Pick<RecordNames, 'writerId' | 'boot' | 'n'>,
    index: number,
    findings: FsckFinding[],
  ): void;
  /** The holes that remain after the whole log was noted. */
  holes(): readonly FsckFinding[];
  /** The same holes as numbers. */
  missing(): readonly MissingNumbers[];
}

interface Writer {
  readonly id: string;
  readonly boot: string;
  readonly seen: NumberRanges;
  readonly explained: NumberRanges;
}

function missingOf({ id, boot, seen, explained }: Writer): readonly MissingNumbers[] {
  const known = createNumberRanges();
  for (const [from, to] of [...seen.list(), ...explained.list()]) known.add(from, to);
  const highest = seen.list().at(-1)?.[1] ?? -1;
  const missing: MissingNumbers[] = [];
  let next = 0;
  for (const [from, to] of known.list()) {
    if (from > highest) break;
    if (from > next) missing.push({ id, boot, from: next, to: from - 1 });
    next = to + 1;
  }
  return missing;
}

function holeOf({ boot, from, to }: MissingNumbers): FsckFinding {
  const which = from === to ? `number ${from}` : `numbers ${from} to ${to}`;
  const message = `${which} of ${boot}: missing and unexplained`;
  return { severity: 'warning', code: 'writer_hole', message };
}

/** Starts with no writer known. */
export function createWriterNumbers(): WriterNumbers {
  const writers = new Map<string, Writer>();

  let last: { readonly id: string; readonly boot: string; readonly writer: Writer } | undefined;

  function writerOf(id: string, boot: string): Writer {
    if (last?.boot === boot && last.id === id) return last.writer;
    const key = JSON.stringify([id, boot]);
    const writer = writers.get(key) ?? {
      id,
      boot,
      seen: createNumberRanges(),
      explained: createNumberRanges(),
    };
    writers.set(key, writer);
    last = { id, boot, writer };
    return writer;
  }

  function count(id: string, boot: string, n: number, index: number): FsckFinding | undefined {
    if (writerOf(id, boot).seen.add(n, n)) return undefined;
    const message = `number ${n} of ${boot} appears twice`;
    return { severity: 'error', code: 'writer_duplicate', index, message };
  }

  function explain(record: EvidenceRecord): FsckFinding | undefined {
    if (record.type !== auditGapV1.key) return undefined;
    try {
      const { writerId, boot, fromN, toN } = auditGapV1.fromWire(record.body);
      if (toN >= fromN) writerOf(writerId, boot).explained.add(fromN, toN);
      return undefined;
    } catch {
      const { index, type } = record;
      const message = `record ${index}: its payload is not a ${type}`;
      return { severity: 'error', code: 'not_a_record', index, message };
    }
  }

  return {
    note(record, findings) {
      const { id, boot, n } = record.writer;
      for (const found of [count(id, boot, n, record.index), explain(record)]) {
        if (found) findings.push(found);
      }
    },
    noteNumber({ writerId, boot, n }, index, findings) {
      const found = count(writerId, boot, n, index);
      if (found) findings.push(found);
    },
    holes: () => [...writers.values()].flatMap(missingOf).map(holeOf),
    missing: () => [...writers.values()].flatMap(missingOf),
  };
}
