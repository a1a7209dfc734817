import { type Clock, systemClock } from '../clock.js';
import type { EventsError } from '../error.js';
import type { EvidenceRecord } from '../evidence.js';
import type { EvidenceReader } from '../ports.js';
import { changeIn, codeOf, type Unavailable, unavailableError } from './projection-error.js';
import { createSavedStates, type SizedState } from './saved-states.js';
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

/** Calls `apply` with every record up to `end` or throws, so that no state lacks one. */
async function readNew(
  reader: EvidenceReader,
  types: readonly string[],
  target: SizedState<unknown>,
  end: number,
  apply: (record: EvidenceRecord) => void,
): Promise<void> {
  if (reader.readComplete) {
    if (target.size >= end) return;
    for await (const record of reader.readComplete(types, target.size, end)) apply(record);
    target.size = end;
    return;
  }
  while (target.size < end) {
    const page = await reader.query({ types, cursor: target.size, limit: PAGE });
    for (const record of page.records) apply(record);
    if (page.next === undefined) target.size = Math.max(target.size, end);
  }
}

const answer = <State>({ state, size }: Projected<State>): Projected<State> => ({ state, size });

/** Creates a projection; reads nothing until the first question. */
export function createProjection<State>(options: ProjectionOptions<State>): Projection<State> {
  const { reader } = options;
  const types = [...new Set(options.types)].sort();
  const clock = options.clock ?? systemClock;
  const refreshMs = options.refreshMs ?? 50;
  const maxLagMs = options.maxLagMs ?? 5000;
  // Of records below a snapshot nothing is known here.
  const stamps = createSeenStamps();
  const saved = createSavedStates(options, types);
  let projected: SizedState<State> | undefined;
  let refreshedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<Projected<State>> | undefined;

  const unavailable = (reason: Unavailable, cause: unknown): EventsError =>
    unavailableError(reason, Number.isFinite(refreshedAt) ? clock() - refreshedAt : -1, cause);

  function applyOne(target: SizedState<State>, record: EvidenceRecord): void {
    try {
      if (!stamps.isCopy(record)) options.apply(target.state, record);
    } catch (cause) {
      // Half applied: this state must not be used.
      projected = undefined;
      throw unavailable('broken', cause);
    }
    target.size = record.index + 1;
    saved.countApplied();
  }

  async function readOn(): Promise<Projected<State>> {
    const startedAt = clock();
    const target = projected ?? (await saved.restore()) ?? { state: options.empty(), size: 0 };
    projected = target;
    const end = await reader.size();
    await readNew(reader, types, target, end, (record) => applyOne(target, record));
    refreshedAt = startedAt;
    await saved.save(target);
    return answer(target);
  }

  async function refresh(): Promise<Projected<State>> {
    try {
      return await readOn();
    } catch (cause) {
      if (codeOf(cause) === 'EVENTS_STATE_UNAVAILABLE') throw cause;
      throw unavailable(changeIn(cause) ?? 'unreadable', cause);
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
        const changed = changeIn((error as Error).cause) !== undefined;
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
