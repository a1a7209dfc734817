/** One entry of a counter. */
export interface CounterEntry {
  /** The name of the counter, such as `refunds_per_day/acme/agent-7`. */
  readonly key: string;
  /** An id counts once under its key, however often it is added. */
  readonly id: string;
  /** Finite, not negative. */
  readonly amount: number;
  /** Epoch milliseconds. */
  readonly timeMs: number;
  /** Length of the window in milliseconds; only entries within it count. */
  readonly windowMs: number;
}

/** The result of adding to a counter. */
export interface CounterSum {
  /** Over the entries of the key with a time in `(timeMs - windowMs, timeMs]`, this one included. */
  readonly sum: number;
  /** The time at which the id counts: the earlier one if it was already there. */
  readonly timeMs: number;
  /** False for an id that was already there; it added nothing. */
  readonly added: boolean;
}

/** An entry of a counter as stored. */
export interface CounterRow {
  readonly key: string;
  readonly id: string;
  readonly amount: number;
  readonly timeMs: number;
  /** When it may be deleted: its time plus its window. */
  readonly untilMs: number;
}

/**
 * An optional capability of counters: their entries can be compared with the records about them.
 */
export interface CounterRows {
  /** The stored entries with these names, in their order. */
  find(
    names: readonly Pick<CounterRow, 'key' | 'id'>[],
  ): Promise<readonly (CounterRow | undefined)[]>;
  /** Replaces the entries under these names, all or nothing, durably. */
  replace(rows: readonly CounterRow[]): Promise<void>;
}

/** Counters whose entries are also in records, so that a removed entry is noticed. */
export interface RecordedCounters extends CounterStore {
  /** The name of an id in the counter and in records; it reveals nothing about the call. */
  nameOf(id: string): string;
  /**
   * Compares the counters with the records of the last `windowMs`. A successful comparison is not
   * repeated for windows that are no longer.
   *
   * @throws {EventsError} `EVENTS_COUNTER_SHORTENED` when an entry is missing or differs; and what
   * reading
   * the records throws.
   */
  requireWhole(windowMs: number): Promise<void>;
}

/**
 * The port through which counts and budgets are kept. Replicas share it, and no two get the same
 * sum.
 */
export interface CounterStore {
  /**
   * Adds an entry, atomically and durably, and returns the sum over the entries of its key with a
   * time in `(timeMs - windowMs, timeMs]`, including this one. An id that is already there adds
   * nothing.
   *
   * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`.
   */
  add(entry: CounterEntry): Promise<number>;
  /**
   * Like {@link CounterStore.add}, and tells whether this call added the entry. Needed because a
   * call that was allowed, asked about again, and then refused must keep its entry.
   *
   * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`.
   */
  count?(entry: CounterEntry): Promise<CounterSum>;
  /** Removes an entry, if it is there. @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`. */
  remove(key: string, id: string): Promise<void>;
}
