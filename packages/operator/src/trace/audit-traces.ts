import type { EvidenceRecord } from '@spanforge/core-events';
import { executionEndedV1, executionStartedV1 } from '@spanforge/core-events/records';
import type { OperatorLog } from '../log-state.js';
import { outcomeIn, textOf } from './body.js';
import { compareDecisionsAndCalls, isViolation } from './completeness.js';
import { type ChunkAudit, eachChunk } from './each-chunk.js';
import type { CompletenessFinding } from './finding.js';
import { readSelection } from './read-trace.js';

/** A violation, and the trace it is in. */
export interface TraceViolation extends CompletenessFinding {
  readonly traceId: string;
}

/** What an audit of all traces is told. */
export interface AuditOptions {
  /** Records that are held at once, of those that are judged; 32,768 when absent. */
  readonly maxHeld?: number;
  /** Violations that are listed; 1,000 when absent. */
  readonly maxListed?: number;
  /** Records of one trace; 100,000 when absent. */
  readonly maxRecords?: number;
  readonly onProgress?: (index: number, size: number) => void;
}

/** What an audit of all traces found. */
export interface TraceAudit {
  readonly records: number;
  /** Records that could not be read, and so were not judged. */
  readonly unreadable: number;
  /** In order of traces as they were judged; the first `maxListed`. */
  readonly violations: readonly TraceViolation[];
  readonly violationCount: number;
}

const hasViolation = (records: readonly EvidenceRecord[]): boolean =>
  compareDecisionsAndCalls(records).some(isViolation);

const CALLS: ReadonlySet<string> = new Set([executionStartedV1.key, executionEndedV1.key]);

/** Whether a record has a part in {@link compareDecisionsAndCalls}: a call, a decision, or a review. */
const isJudged = (record: EvidenceRecord): boolean =>
  record.mode === 'live' &&
  (CALLS.has(record.type) ||
    outcomeIn(record) !== undefined ||
    textOf(record.body, 'review_id') !== undefined);

const NO_BYTES = new Uint8Array(0);

/** A record without its bytes, which would hold its stored row, and without what is said to people. */
function slim(record: EvidenceRecord): EvidenceRecord {
  const { body } = record;
  const isPlain = body.reason === undefined && body.rules === undefined;
  return {
    ...record,
    bytes: NO_BYTES,
    leaf: NO_BYTES,
    body: isPlain ? body : { ...body, reason: '', rules: [] },
  };
}

/** Records by trace, the one that grew last at the end: of each what judging it takes. */
export function createHeld() {
  const traces = new Map<string, EvidenceRecord[]>();
  let count = 0;
  const take = (traceId: string): readonly EvidenceRecord[] => {
    const records = traces.get(traceId) ?? [];
    traces.delete(traceId);
    count -= records.length;
    return records;
  };
  return {
    size: () => count,
    add(record: EvidenceRecord): void {
      if (!isJudged(record)) return;
      const { traceId } = record.context;
      const records = traces.get(traceId) ?? [];
      traces.delete(traceId);
      records.push(slim(record));
      traces.set(traceId, records);
      count += 1;
    },
    /** The trace that has been quiet longest, once more is held than may be. */
    quietest(
      max: number,
    ): { readonly traceId: string; readonly records: readonly EvidenceRecord[] } | undefined {
      const [traceId] = count > max ? traces.keys() : [];
      return traceId === undefined ? undefined : { traceId, records: take(traceId) };
    },
  };
}

/** {@link auditTraces} for a log that is read for more than that. */
export function createTraceAudit(
  log: OperatorLog,
  { maxHeld = 32_768, maxListed = 1000, maxRecords = 100_000 }: AuditOptions = {},
): ChunkAudit<Omit<TraceAudit, 'records'>> {
  const held = createHeld();
  const seen = new Set<string>();
  const violations: TraceViolation[] = [];
  let [violationCount, unreadable] = [0, 0];
  const judge = async (traceId: string, records: readonly EvidenceRecord[]): Promise<void> => {
    if (seen.has(traceId) || !hasViolation(records)) return;
    const whole = await readSelection(log, { traceId }, maxRecords);
    const found = compareDecisionsAndCalls(whole.records).filter(isViolation);
    if (found.length === 0) return;
    // Only traces with violations are remembered: each is told once.
    seen.add(traceId);
    violationCount += found.length;
    for (const finding of found) {
      if (violations.length < maxListed) violations.push({ traceId, ...finding });
    }
  };
  const drain = async (max: number): Promise<void> => {
    for (let quiet = held.quietest(max); quiet !== undefined; quiet = held.quietest(max)) {
      await judge(quiet.traceId, quiet.records);
    }
  };
  return {
    add(chunk) {
      unreadable += chunk.unreadable;
      for (const record of chunk.records) held.add(record);
      return drain(maxHeld);
    },
    async finish() {
      await drain(0);
      return { unreadable, violations, violationCount };
    },
  };
}

/**
 * Looks for violations in every trace of a log: what ran although a control blocked it, on no
 * decision, or on the decision of another call.
 *
 * Reads the log once, in bounded memory: traces are judged once they have been quiet, from the
 * records at hand; only where those show a violation is the trace read as a whole and judged again.
 * A trace that was judged early and goes on lacks its earlier decisions then, which shows as a
 * violation, so that it is read as a whole too: nothing is missed, and nothing is said wrongly.
 *
 * @throws {EventsError} of the store.
 * @throws {OperatorError} `OPERATOR_SELECTION_TOO_LARGE` for a suspect trace beyond `maxRecords`.
 */
export async function auditTraces(
  log: OperatorLog,
  options: AuditOptions = {},
): Promise<TraceAudit> {
  const records = await log.size();
  const audit = createTraceAudit(log, options);
  for await (const chunk of eachChunk(log, options.onProgress)) await audit.add(chunk);
  return { records, ...(await audit.finish()) };
}
