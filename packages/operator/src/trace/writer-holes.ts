import type { EvidenceRecord } from '@spanforge/core-events';
import type { StoredRecord } from '@spanforge/core-events/log';
import { auditGapV1 } from '@spanforge/core-events/records';
import { OperatorError } from '../error.js';
import type { OperatorLog } from '../log-state.js';
import type { CompletenessFinding } from './finding.js';
import { readSelection } from './read-trace.js';

const CHUNK = 512;
const MAX_GAPS = 10_000;
const MAX_NAMED = 20;

/** Numbers of one writer between the first and the last record of the trace. */
interface WriterSpan {
  readonly name: string;
  low: number;
  high: number;
  readonly seen: Set<number>;
}

const keyOf = ({ id, boot }: { readonly id: string; readonly boot: string }): string =>
  `${id}\n${boot}`;

function spansOf(records: readonly EvidenceRecord[]): Map<string, WriterSpan> {
  const spans = new Map<string, WriterSpan>();
  for (const { writer } of records) {
    const span = spans.get(keyOf(writer));
    if (span) {
      span.low = Math.min(span.low, writer.n);
      span.high = Math.max(span.high, writer.n);
    } else {
      spans.set(keyOf(writer), { name: writer.id, low: writer.n, high: writer.n, seen: new Set() });
    }
  }
  return spans;
}

/** The writer of a record that is whole: most are not parsed for it. */
function writerOf(log: OperatorLog, stored: StoredRecord): EvidenceRecord['writer'] | undefined {
  const writer = log.writerOf?.(stored);
  if (writer) return writer;
  const decoded = log.decode(stored);
  return decoded.ok ? decoded.record.writer : undefined;
}

async function markSeen(
  log: OperatorLog,
  spans: ReadonlyMap<string, WriterSpan>,
  records: readonly EvidenceRecord[],
  first: number,
  last: number,
): Promise<void> {
  for (const { writer } of records) spans.get(keyOf(writer))?.seen.add(writer.n);
  const known = new Set(records.map(({ index }) => index));
  for (let from = first; from <= last; from += CHUNK) {
    const stored = await log.store.read(from, Math.min(CHUNK, last - from + 1));
    for (const one of stored) {
      const writer = known.has(one.index) ? undefined : writerOf(log, one);
      if (writer) spans.get(keyOf(writer))?.seen.add(writer.n);
    }
  }
}

/**
 * Removes numbers that a later `audit.gap` explains. A writer names its gaps after they arise, so no
 * such record comes before the trace.
 */
async function markExplained(
  log: OperatorLog,
  spans: ReadonlyMap<string, WriterSpan>,
  first: number,
): Promise<void> {
  const { records } = await readSelection(log, { types: [auditGapV1.key] }, MAX_GAPS, first);
  for (const record of records) {
    const { writerId, boot, fromN, toN } = auditGapV1.fromWire(record.body);
    const span = spans.get(keyOf({ id: writerId, boot }));
    if (!span) continue;
    for (let n = Math.max(fromN, span.low); n <= Math.min(toN, span.high); n += 1) span.seen.add(n);
  }
}

function missingOf({ low, high, seen }: WriterSpan): readonly number[] {
  const missing: number[] = [];
  for (let n = low; n <= high && missing.length < MAX_NAMED; n += 1) {
    if (!seen.has(n)) missing.push(n);
  }
  return missing;
}

function notChecked(index: number, why: string): readonly CompletenessFinding[] {
  return [
    { code: 'writers_not_checked', index, message: `Writer numbers were not checked: ${why}.` },
  ];
}

/**
 * Looks for missing numbers of the trace's writers, between its first and its last record. Reads that
 * part of the log; when it is longer than `maxScan`, reports that instead.
 */
export async function findWriterHoles(
  log: OperatorLog,
  records: readonly EvidenceRecord[],
  maxScan: number,
): Promise<readonly CompletenessFinding[]> {
  const [first, last] = [records[0], records.at(-1)];
  if (!first || !last) return [];
  const spans = spansOf(records);
  const widest = Math.max(...[...spans.values()].map(({ low, high }) => high - low + 1));
  const span = Math.max(last.index - first.index + 1, widest);
  if (span > maxScan) {
    return notChecked(first.index, `the trace spans ${span} records, more than ${maxScan}`);
  }
  await markSeen(log, spans, records, first.index, last.index);
  if ([...spans.values()].some((one) => missingOf(one).length > 0)) {
    try {
      await markExplained(log, spans, first.index);
    } catch (error) {
      if (!OperatorError.is(error)) throw error;
      return notChecked(first.index, `the log holds more than ${MAX_GAPS} gap records`);
    }
  }
  return [...spans.values()].flatMap((one) => {
    const missing = missingOf(one);
    if (missing.length === 0) return [];
    const message = `Writer ${one.name} left numbers unexplained: ${missing.join(', ')}.`;
    return [{ code: 'writer_hole' as const, index: first.index, message }];
  });
}
