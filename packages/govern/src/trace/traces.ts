import type { EvidenceReader, TimeLimit } from '@spanforge/core-events';
import { withinLogLimit } from '../evidence/log-time-limit.js';
import type { FactOptions } from '../model/facts.js';
import { addPast, type PastEntry, type PastLimits, type PastTrace } from './past-trace.js';
import { type RunKey, readPast } from './read-past.js';

/** The earlier calls of every run in progress. */
export interface Traces {
  /**
   * What has completed in a run so far: at once when it is in memory, otherwise after reading the
   * log. @throws what the log throws.
   */
  past(name: RunKey): PastTrace | Promise<PastTrace>;
  /** Adds a call whose ending is durable. */
  add(name: RunKey, entry: PastEntry): void;
}

interface Slot {
  trace: PastTrace | undefined;
  reading: Promise<PastTrace> | undefined;
  /** Calls that ended while the log was being read. */
  late: PastEntry[];
}

const keyOf = ({ tenant, run }: RunKey): string => JSON.stringify([tenant, run]);

/** Creates a governor's memory of earlier calls. The log behind it is the source of truth. */
export function createTraces(log: EvidenceReader, options: FactOptions, limit: TimeLimit): Traces {
  const { maxCalls = 100, maxBytes = 262_144, maxTraces = 1024, shared = false } = options;
  const limits: PastLimits = { maxCalls, maxBytes };
  const slots = new Map<string, Slot>();

  const readNow = (name: RunKey): Promise<PastTrace> =>
    withinLogLimit(limit, readPast(log, name, limits));

  const append = (slot: Slot, trace: PastTrace, entry: PastEntry): void => {
    const known = ({ endedAt }: PastEntry): boolean => endedAt === entry.endedAt;
    const there = entry.endedAt !== undefined && trace.entries.some(known);
    slot.trace = there ? trace : addPast(trace, entry, limits);
  };

  function read(key: string, name: RunKey): Promise<PastTrace> {
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
      // The least recently used trace is dropped first.
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
        // More labels than can be kept: the trace is read again, which reports it.
        slots.delete(key);
      }
    },
  };
}
