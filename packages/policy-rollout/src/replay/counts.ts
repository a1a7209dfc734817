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

/** Counts in place. */
export class Counter<Key extends string> {
  readonly #counts = new Map<Key, number>();

  add(key: Key): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
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
  #others: Counter<Key> | undefined;

  of(name: string): Counter<Key> {
    const there = this.#byName.get(name);
    if (there !== undefined) return there;
    if (this.#byName.size >= MAX_NAMES) {
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
