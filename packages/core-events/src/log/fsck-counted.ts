import type { CounterRows, CounterStore } from '../counter-port.js';
import type { EvidenceRecord } from '../evidence.js';
import { createCountedBook, hasRows, missingFrom } from './counted.js';
import { type FsckFinding, fault } from './fsck-report.js';

/** Compares counters with what records say was counted. */
export interface CountedCheck {
  note(record: EvidenceRecord): void;
  finish(): Promise<readonly FsckFinding[]>;
}

/** A limit, because a counter that was set back has a finding for each of its calls. */
const MAX_FINDINGS = 100;

/** Creates the check; it reports nothing for counters that cannot show their entries. */
export function createCountedCheck(
  counters: (CounterStore & Partial<CounterRows>) | undefined,
  clock: () => number,
): CountedCheck {
  if (!counters || !hasRows(counters)) return { note: () => undefined, finish: async () => [] };
  const book = createCountedBook(clock());
  return {
    note: book.note,
    async finish() {
      const findings: FsckFinding[] = [];
      for await (const { index } of missingFrom(counters, book.live(clock()))) {
        const message = `record ${index}: the counters lack what it counted`;
        findings.push(fault('counter_mismatch', message, index));
        if (findings.length === MAX_FINDINGS) break;
      }
      return findings;
    },
  };
}
