import { type EvidenceReader, within } from '@spanforge/core-events';
import { GovernError } from '../error.js';
import { addPast, type PastEntry, type PastLimits, type PastTrace } from './past-trace.js';
import { readPast, type TraceName } from './read-past.js';

/** How much of the past a governor keeps at hand. What does not fit is read from the log again. */
export interface FactOptions {
  /** Calls of one trace; 100 when absent. With more, facts are missing. */
  readonly maxCalls?: number;
  /** Bytes of recorded arguments and results of one trace; 262144 when absent. */
  readonly maxBytes?: number;
  /** Traces kept in memory; 1024 when absent. */
  readonly maxTraces?: number;
  /**
   * True where several processes serve one trace at the same time: the trace is read anew for each
   * call. Otherwise it is read once, on its first call here.
   */
  readonly shared?: boolean;
}

/** The calls of every trace under way. */
export interface Traces {
  /**
   * What had completed in a trace when it is asked: at once where it is known, after reading the
   * log on its first use. @throws what the log throws.
   */
  past(name: TraceName): PastTrace | Promise<PastTrace>;
  /** Adds a call whose ending is durable. */
  add(name: TraceName, entry: PastEntry): void;
}

interface Slot {
  trace: PastTrace | undefined;
  reading: Promise<PastTrace> | undefined;
  /** Ended while the log was being read. */
  late: PastEntry[];
}

const tooLate = (): GovernError =>
  new GovernError('GOVERN_LOG_TIMED_OUT', 'the evidence log did not answer in time');

const keyOf = ({ tenant, run, traceId }: TraceName): string =>
  JSON.stringify([tenant, run, traceId]);

/** Creates the memory of a governor; the log behind it is what counts. */
export function createTraces(log: EvidenceReader, options: FactOptions, limitMs: number): Traces {
  const { maxCalls = 100, maxBytes = 262_144, maxTraces = 1024, shared = false } = options;
  const limits: PastLimits = { maxCalls, maxBytes };
  const slots = new Map<string, Slot>();

  const readNow = (name: TraceName): Promise<PastTrace> =>
    within(limitMs, () => readPast(log, name, limits), tooLate);

  const append = (slot: Slot, trace: PastTrace, entry: PastEntry): void => {
    const known = ({ endedAt }: PastEntry): boolean => endedAt === entry.endedAt;
    const there = entry.endedAt !== undefined && trace.entries.some(known);
    slot.trace = there ? trace : addPast(trace, entry, limits);
  };

  function read(key: string, name: TraceName): Promise<PastTrace> {
    const slot: Slot = { trace: undefined, reading: undefined, late: [] };
    slots.set(key, slot);
    const [oldest] = slots.keys();
    if (slots.size > maxTraces && oldest !== undefined) slots.delete(oldest);
    slot.reading = readNow(name).then(
      (trace) => {
        slot.trace = trace;
        for (const entry of slot.late.splice(0)) append(slot, slot.trace, entry);
        slot.reading = undefined;
        return slot.trace;
      },
      (error: unknown) => {
        if (slots.get(key) === slot) slots.delete(key);
        throw error;
      },
    );
    return slot.reading;
  }

  return {
    past(name) {
      if (shared) return readNow(name);
      const key = keyOf(name);
      const slot = slots.get(key);
      if (slot?.reading) return slot.reading;
      if (slot?.trace === undefined) return read(key, name);
      // The trace that was used longest ago is the first to go.
      slots.delete(key);
      slots.set(key, slot);
      return slot.trace;
    },
    add(name, entry) {
      const key = keyOf(name);
      const slot = slots.get(key);
      if (slot === undefined) return;
      try {
        if (slot.trace === undefined) slot.late.push(entry);
        else append(slot, slot.trace, entry);
      } catch {
        // More labels than anybody can hold: the trace is read again, and that says so.
        slots.delete(key);
      }
    },
  };
}
