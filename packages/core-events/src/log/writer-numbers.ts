import type { EvidenceRecord, WriterStamp } from '../evidence.js';
import { auditGapV1 } from '../records/audit-gap-v1.js';
import type { FsckFinding } from './fsck-report.js';
import { createNumberRanges, type NumberRanges } from './number-ranges.js';

/** Checks that every writer numbered its records without a hole that nothing explains. */
export interface WriterNumbers {
  /** Notes one record, and what it says about numbers that were not used; adds what is wrong. */
  note(record: EvidenceRecord, findings: FsckFinding[]): void;
  /** The holes that are left when the whole log was noted. */
  holes(): readonly FsckFinding[];
}

interface Writer {
  readonly boot: string;
  readonly seen: NumberRanges;
  readonly explained: NumberRanges;
}

function holesOf({ boot, seen, explained }: Writer): readonly FsckFinding[] {
  const known = createNumberRanges();
  for (const [from, to] of [...seen.list(), ...explained.list()]) known.add(from, to);
  const highest = seen.list().at(-1)?.[1] ?? -1;
  const findings: FsckFinding[] = [];
  let next = 0;
  for (const [from, to] of known.list()) {
    if (from > highest) break;
    if (from > next) {
      const which = from - next === 1 ? `number ${next}` : `numbers ${next} to ${from - 1}`;
      const message = `${which} of ${boot}: missing and unexplained`;
      findings.push({ severity: 'warning', code: 'writer_hole', message });
    }
    next = to + 1;
  }
  return findings;
}

/** Starts with no writer known. */
export function createWriterNumbers(): WriterNumbers {
  const writers = new Map<string, Writer>();

  let last: { readonly id: string; readonly boot: string; readonly writer: Writer } | undefined;

  function writerOf(id: string, boot: string): Writer {
    if (last?.boot === boot && last.id === id) return last.writer;
    const key = JSON.stringify([id, boot]);
    const writer = writers.get(key) ?? {
      boot,
      seen: createNumberRanges(),
      explained: createNumberRanges(),
    };
    writers.set(key, writer);
    last = { id, boot, writer };
    return writer;
  }

  function count({ id, boot, n }: WriterStamp, index: number): FsckFinding | undefined {
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
      for (const found of [count(record.writer, record.index), explain(record)]) {
        if (found) findings.push(found);
      }
    },
    holes: () => [...writers.values()].flatMap(holesOf),
  };
}
