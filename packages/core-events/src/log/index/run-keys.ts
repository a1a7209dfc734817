import { INDEX_SEGMENT } from '@spanforge/core-signing';
import type { EvidenceStore } from '../store.js';
import { takenBy } from '../taken.js';
import { turn } from '../turn.js';
import type { TermBook } from './term-book.js';
import { readSignedSegment } from './term-reader.js';

/** The idempotency keys that records of closed segments name, run by run. */
export interface RunKeys {
  /**
   * Whether a record of the run in a closed segment names the key. Undefined without waiting where the
   * run has none.
   *
   * @throws {EventsError} `EVENTS_INDEX_INCOMPLETE`, `EVENTS_STORE_UNAVAILABLE`.
   */
  isUsed(runTerm: string, key: string, size: number): Promise<boolean> | undefined;
}

/** Runs remembered, and the keys of all of them. */
const MOST_RUNS = 16_384;
const MOST_KEYS = 131_072;

interface Known {
  readonly end: number;
  readonly keys: ReadonlySet<number>;
}

const NO_KEYS: ReadonlySet<number> = new Set();

/** The first 13 of 64 hexadecimal digits, to save memory; if two keys share them, a call only waits for a look-up. */
const shortOf = (key: string): number => Number.parseInt(key.slice(0, 13), 16);

/** Creates the look-up of used keys by run; reads nothing until the first question. */
export function createRunKeys(store: EvidenceStore, book: TermBook): RunKeys {
  const runs = new Map<string, Known>();
  let keysKept = 0;

  function keep(runTerm: string, known: Known): void {
    keysKept += known.keys.size - (runs.get(runTerm)?.keys.size ?? 0);
    runs.delete(runTerm);
    runs.set(runTerm, known);
    for (const [oldest, { keys }] of runs) {
      if (oldest === runTerm || (runs.size <= MOST_RUNS && keysKept <= MOST_KEYS)) return;
      runs.delete(oldest);
      keysKept -= keys.size;
    }
  }

  async function read(runTerm: string, size: number, known: Known | undefined): Promise<Known> {
    const from = known?.end ?? 0;
    const { end, segments } = await book.find(runTerm, size, from);
    const keys = new Set(known?.keys);
    for (const segment of segments) {
      for (const record of await readSignedSegment(store, runTerm, segment)) {
        const { key } = takenBy(record);
        if (key) keys.add(shortOf(key.key));
      }
      // Lets other work of this process go first.
      await turn();
    }
    const found = { end, keys: keys.size === 0 ? NO_KEYS : keys };
    keep(runTerm, found);
    return found;
  }

  async function look(runTerm: string, key: string, size: number): Promise<boolean> {
    const end = await book.end(size);
    const known = runs.get(runTerm);
    if (known && known.end >= end) return known.keys.has(shortOf(key));
    return (await read(runTerm, size, known)).keys.has(shortOf(key));
  }

  return {
    isUsed(runTerm, key, size) {
      if (size <= INDEX_SEGMENT) return undefined;
      const end = book.end(size);
      const known = runs.get(runTerm);
      const nothing = typeof end === 'number' && (end === 0 || (known && known.end >= end));
      if (nothing && !known?.keys.has(shortOf(key))) return undefined;
      return look(runTerm, key, size);
    },
  };
}
