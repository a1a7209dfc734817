import { type Clock, systemClock } from '../clock.js';
import { EventsError } from '../error.js';
import type { EvidenceRecord } from '../evidence.js';
import type { EvidenceReader } from '../ports.js';
import type { SnapshotStore } from './snapshots.js';

/** What a projection needs: where records come from, and what each does to the state. */
export interface ProjectionOptions<State> {
  readonly reader: EvidenceReader;
  /** Schema keys of the records the state is made of. */
  readonly types: readonly string[];
  readonly empty: () => State;
  /** Applies one record in place; must be total. */
  readonly apply: (state: State, record: EvidenceRecord) => void;
  readonly clock?: Clock;
  /** How old the state may be before the log is asked whether there is more; 50 ms when absent. */
  readonly refreshMs?: number;
  /** How old it may be before nothing is answered from it; 5000 ms when absent. */
  readonly maxLagMs?: number;
  /** Where to begin without reading the whole log; only whole, authentic snapshots are used. */
  readonly snapshots?: {
    readonly store: SnapshotStore;
    readonly name: string;
    readonly encode: (state: State) => unknown;
    readonly decode: (value: unknown) => State;
    /** A snapshot is written after this many applied records; 1000 when absent. */
    readonly every?: number;
  };
}

/** A state computed from records, and how much of the log it has seen. */
export interface Projected<State> {
  readonly state: State;
  /** The log size up to which records were applied. */
  readonly size: number;
}

/** A registry that is a function of the log: nothing is in it that is not on record. */
export interface Projection<State> {
  /**
   * The state, refreshed first when it is older than `refreshMs`.
   *
   * @throws {EventsError} `EVENTS_STATE_UNAVAILABLE` when it is older than `maxLagMs` and the log
   *   cannot be read, or a record is not whole.
   */
  current(): Promise<Projected<State>>;
  /** Reads to the end of the log now. @throws {EventsError} `EVENTS_STATE_UNAVAILABLE`. */
  refresh(): Promise<Projected<State>>;
}

const PAGE = 500;

/** Creates a projection; nothing is read before it is asked. */
export function createProjection<State>(options: ProjectionOptions<State>): Projection<State> {
  const { reader, types, apply, snapshots } = options;
  const clock = options.clock ?? systemClock;
  const refreshMs = options.refreshMs ?? 50;
  const maxLagMs = options.maxLagMs ?? 5000;
  let projected: { state: State; size: number } | undefined;
  let refreshedAt = Number.NEGATIVE_INFINITY;
  let sinceSnapshot = 0;
  let running: Promise<Projected<State>> | undefined;

  async function begin(): Promise<{ state: State; size: number }> {
    const saved = await snapshots?.store.load(snapshots.name);
    const size = await reader.size();
    if (!snapshots || !saved || saved.size > size) return { state: options.empty(), size: 0 };
    return { state: snapshots.decode(saved.value), size: saved.size };
  }

  async function readOn(): Promise<Projected<State>> {
    const startedAt = clock();
    projected ??= await begin();
    const end = await reader.size();
    while (projected.size < end) {
      const page = await reader.query({ types, cursor: projected.size, limit: PAGE });
      for (const record of page.records) {
        apply(projected.state, record);
        projected.size = record.index + 1;
        sinceSnapshot += 1;
      }
      if (page.next === undefined) projected.size = Math.max(projected.size, end);
    }
    refreshedAt = startedAt;
    if (snapshots && sinceSnapshot >= (snapshots.every ?? 1000)) {
      await snapshots.store.save(snapshots.name, projected.size, snapshots.encode(projected.state));
      sinceSnapshot = 0;
    }
    return projected;
  }

  async function refresh(): Promise<Projected<State>> {
    try {
      return await readOn();
    } catch (cause) {
      throw new EventsError('EVENTS_STATE_UNAVAILABLE', 'the state cannot be read from the log', {
        details: { lagMs: Number.isFinite(refreshedAt) ? clock() - refreshedAt : -1 },
        cause,
      });
    }
  }

  const shared = (): Promise<Projected<State>> => {
    running ??= refresh().finally(() => {
      running = undefined;
    });
    return running;
  };

  return {
    async current() {
      const ageMs = clock() - refreshedAt;
      if (projected && ageMs >= 0 && ageMs <= refreshMs) return projected;
      try {
        return await shared();
      } catch (error) {
        const tampered =
          EventsError.is((error as Error).cause) &&
          ((error as Error).cause as EventsError).code === 'EVENTS_RECORD_TAMPERED';
        if (projected && !tampered && clock() - refreshedAt <= maxLagMs) return projected;
        throw error;
      }
    },
    // A refresh under way may have begun before the caller's own write: run one after it.
    async refresh() {
      if (running) await running.catch(() => undefined);
      return shared();
    },
  };
}
