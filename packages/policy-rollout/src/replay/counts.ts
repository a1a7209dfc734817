import type { Outcome } from '@spanforge/core-events';
import type { DecisionChange } from './change.js';

/** The result of making a recorded decision again. */
export type ReplayVerdict = DecisionChange | 'not_replayable';

/** The number of decisions for each result. */
export type ChangeCounts = Readonly<Record<ReplayVerdict, number>>;

/** How many decisions have each outcome; outcomes that never occurred are left out. */
export type OutcomeCounts = Readonly<Partial<Record<Outcome, number>>>;

/** Counts under names that come from outside; the number of names is limited. */
export interface Breakdown<Counts> {
  /** By name; without a prototype. */
  readonly byName: Readonly<Record<string, Counts>>;
  /** The counts of all names beyond the limit. */
  readonly others?: Counts;
}

/** The number of names in a breakdown. */
export const MAX_NAMES = 1000;

/** What a counter has counted, as plain data. */
export type CountEntries<Key extends string> = readonly (readonly [Key, number])[];

/** What counters by name have counted, as plain data, in the order in which the names came. */
export type NamedCountEntries<Key extends string> = readonly (readonly [
  string,
  CountEntries<Key>,
])[];

/** Counts in place. */
export class Counter<Key extends string> {
  readonly #counts = new Map<Key, number>();

  add(key: Key, times = 1): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + times);
  }

  /** Adds what another counter has counted. */
  join(counts: CountEntries<Key>): void {
    for (const [key, times] of counts) this.add(key, times);
  }

  entries(): CountEntries<Key> {
    return [...this.#counts];
  }

  get(key: Key): number {
    return this.#counts.get(key) ?? 0;
  }

  toObject(): Readonly<Record<Key, number>> {
    const sorted = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.freeze(Object.fromEntries(sorted)) as Readonly<Record<Key, number>>;
  }
}

/** Counts by name in place, in bounded memory. */
export class NamedCounters<Key extends string> {
  readonly #byName = new Map<string, Counter<Key>>();
  readonly #limit: number;
  #others: Counter<Key> | undefined;

  constructor(limit = MAX_NAMES) {
    this.#limit = limit;
  }

  /** Adds what was counted of the decisions that come next, without a limit of names. */
  join(names: NamedCountEntries<Key>): void {
    for (const [name, counts] of names) this.of(name).join(counts);
  }

  entries(): NamedCountEntries<Key> {
    return [...this.#byName].map(([name, counter]) => [name, counter.entries()]);
  }

  of(name: string): Counter<Key> {
    const there = this.#byName.get(name);
    if (there !== undefined) return there;
    if (this.#byName.size >= this.#limit) {
      this.#others ??= new Counter();
      return this.#others;
    }
    const made = new Counter<Key>();
    this.#byName.set(name, made);
    return made;
  }

  breakdown<Counts>(read: (counter: Counter<Key>) => Counts): Breakdown<Counts> {
    const byName: Record<string, Counts> = Object.create(null);
    for (const name of [...this.#byName.keys()].sort()) {
      const counter = this.#byName.get(name);
      if (counter !== undefined) byName[name] = read(counter);
    }
    Object.freeze(byName);
    return this.#others === undefined ? { byName } : { byName, others: read(this.#others) };
  }
}

export const changeCounts = (counter: Counter<ReplayVerdict>): ChangeCounts => ({
  same: counter.get('same'),
  stricter: counter.get('stricter'),
  looser: counter.get('looser'),
  not_replayable: counter.get('not_replayable'),
});
