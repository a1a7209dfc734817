import { type Clock, systemClock } from '../clock.js';
import { EventsError } from '../error.js';
import type { EvidenceRecord } from '../evidence.js';
import type { EvidenceReader } from '../ports.js';
import { createSeenStamps } from './seen-stamps.js';
import type { SnapshotStore } from './snapshots.js';

/** Options of a projection: where records come from, and how each changes the state. */
export interface ProjectionOptions<State> {
  readonly reader: EvidenceReader;
  /** Schema keys of the records the state is made of. */
  readonly types: readonly string[];
  readonly empty: () => State;
  /** Applies one record in place; must be total. */
  readonly apply: (state: State, record: EvidenceRecord) => void;
  readonly clock?: Clock;
  /** Age at which the log is read for new records; 50 ms when absent. */
  readonly refreshMs?: number;
  /** Age beyond which the state is no longer used; 5000 ms when absent. */
  readonly maxLagMs?: number;
  /** Snapshots that save reading the whole log; only complete, authentic ones are used. */
  readonly snapshots?: {
    readonly store: SnapshotStore;
    readonly name: string;
    readonly encode: (state: State) => unknown;
    readonly decode: (value: unknown) => State;
    /** A snapshot is written after this many applied records; 1000 when absent. */
    readonly every?: number;
  };
}

/** A state computed from records, and the log size it includes. */
export interface Projected<State> {
  readonly state: State;
  /** The log size up to which records were applied. */
  readonly size: number;
}

/** State that follows from the log's records alone; a copy of a record has no effect, but where a snapshot stands for the original. */
export interface Projection<State> {
  /**
   * The state, refreshed first when it is older than `refreshMs`.
   *
   * @throws {EventsError} `EVENTS_STATE_UNAVAILABLE` when it is older than `maxLagMs` and the log
   *   cannot be read, when a record is not whole, or when `apply` threw.
   */
  current(): Promise<Projected<State>>;
  /** The state when it is not older than `refreshMs`: what `current` would give, without waiting. */
  fresh(): Projected<State> | undefined;
  /** Reads to the end of the log now. @throws {EventsError} `EVENTS_STATE_UNAVAILABLE`. */
  refresh(): Promise<Projected<State>>;
}

const PAGE = 500;

/** The content of a snapshot, with the record types the state was computed from. */
interface SavedState {
  readonly types: readonly string[];
  readonly state: unknown;
}

/** Reasons why a state is unavailable: an unreadable log, or records that could not be applied. */
const REASONS = {
  unreadable: 'the state cannot be read from the log',
  broken: 'apply threw',
  incomplete: 'the index lacks records of the state',
  frozen: 'the log does not govern',
};

/** Errors after which not even an earlier state may be used, because the log was changed. */
const CHANGED: Readonly<Record<string, keyof typeof REASONS>> = {
  EVENTS_RECORD_TAMPERED: 'unreadable',
  EVENTS_INDEX_INCOMPLETE: 'incomplete',
  EVENTS_LOG_FROZEN: 'frozen',
};

/** Creates a projection; reads nothing until the first question. */
export function createProjection<State>(options: ProjectionOptions<State>): Projection<State> {
  const { reader, apply, snapshots } = options;
  const types = [...new Set(options.types)].sort();
  const clock = options.clock ?? systemClock;
  const refreshMs = options.refreshMs ?? 50;
  const maxLagMs = options.maxLagMs ?? 5000;
  // Of records below a snapshot nothing is known here.
  const stamps = createSeenStamps();
  let projected: { state: State; size: number } | undefined;
  let refreshedAt = Number.NEGATIVE_INFINITY;
  let sinceSnapshot = 0;
  let running: Promise<Projected<State>> | undefined;

  const answer = ({ state, size }: Projected<State>): Projected<State> => ({ state, size });

  /** The state of a snapshot, if one fits; otherwise the log is read from the start. */
  async function restore(): Promise<{ state: State; size: number } | undefined> {
    if (!snapshots) return undefined;
    const saved = await snapshots.store.load(snapshots.name);
    if (!saved || saved.size > (await reader.size())) return undefined;
    const { types: covered, state } = saved.value as SavedState;
    if (!Array.isArray(covered) || covered.join() !== types.join()) return undefined;
    try {
      return { state: snapshots.decode(state), size: saved.size };
    } catch {
      // Written by a version with another encoding.
      return undefined;
    }
  }

  async function saveSnapshot({ state, size }: Projected<State>): Promise<void> {
    if (!snapshots || sinceSnapshot < (snapshots.every ?? 1000)) return;
    sinceSnapshot = 0;
    try {
      const saved: SavedState = { types, state: snapshots.encode(state) };
      await snapshots.store.save(snapshots.name, size, saved);
    } catch {
      // A snapshot only saves time; the next one is tried later.
    }
  }

  function applyOne(target: { state: State; size: number }, record: EvidenceRecord): void {
    try {
      if (!stamps.isCopy(record)) apply(target.state, record);
    } catch (cause) {
      // Half applied: this state must not be used.
      projected = undefined;
      throw unavailable('broken', cause);
    }
    target.size = record.index + 1;
    sinceSnapshot += 1;
  }

  /** Applies every record or throws, so that no state lacks one. */
  async function readAll(target: { state: State; size: number }, end: number): Promise<void> {
    if (target.size >= end) return;
    const records = reader.readComplete?.(types, target.size, end) ?? [];
    for await (const record of records) applyOne(target, record);
    target.size = end;
  }

  async function readPages(target: { state: State; size: number }, end: number): Promise<void> {
    while (target.size < end) {
      const page = await reader.query({ types, cursor: target.size, limit: PAGE });
      for (const record of page.records) applyOne(target, record);
      if (page.next === undefined) target.size = Math.max(target.size, end);
    }
  }

  async function readOn(): Promise<Projected<State>> {
    const startedAt = clock();
    const target = projected ?? (await restore()) ?? { state: options.empty(), size: 0 };
    projected = target;
    const end = await reader.size();
    await (reader.readComplete ? readAll(target, end) : readPages(target, end));
    refreshedAt = startedAt;
    await saveSnapshot(target);
    return answer(target);
  }

  function unavailable(reason: keyof typeof REASONS, cause: unknown): EventsError {
    const lagMs = Number.isFinite(refreshedAt) ? clock() - refreshedAt : -1;
    const found = EventsError.is(cause) ? cause.details : {};
    const term = typeof found.term === 'string' ? { term: found.term } : {};
    const why = reason === 'frozen' ? { why: String(found.reason) } : {};
    const tampered = codeOf(cause) === 'EVENTS_RECORD_TAMPERED';
    const at = tampered && typeof found.index === 'number' ? { index: found.index } : {};
    const details = { reason, lagMs, ...term, ...why, ...at };
    return new EventsError('EVENTS_STATE_UNAVAILABLE', REASONS[reason], { details, cause });
  }

  const codeOf = (error: unknown): string | undefined =>
    EventsError.is(error) ? error.code : undefined;

  async function refresh(): Promise<Projected<State>> {
    try {
      return await readOn();
    } catch (cause) {
      if (codeOf(cause) === 'EVENTS_STATE_UNAVAILABLE') throw cause;
      throw unavailable(CHANGED[codeOf(cause) ?? ''] ?? 'unreadable', cause);
    }
  }

  const shared = (): Promise<Projected<State>> => {
    running ??= refresh().finally(() => {
      running = undefined;
    });
    return running;
  };

  /** Whether the state is young enough; false when the clock went back, because its age is then unknown. */
  const isWithin = (limitMs: number): boolean => {
    const ageMs = clock() - refreshedAt;
    return ageMs >= 0 && ageMs <= limitMs;
  };

  const fresh = (): Projected<State> | undefined =>
    projected && isWithin(refreshMs) ? answer(projected) : undefined;

  return {
    fresh,
    async current() {
      const known = fresh();
      if (known) return known;
      try {
        return await shared();
      } catch (error) {
        const changed = Object.hasOwn(CHANGED, codeOf((error as Error).cause) ?? '');
        if (projected && !changed && isWithin(maxLagMs)) return answer(projected);
        throw error;
      }
    },
    // A running refresh may have started before the caller's own write: run another after it.
    async refresh() {
      if (running) await running.catch(() => undefined);
      return shared();
    },
  };
}
