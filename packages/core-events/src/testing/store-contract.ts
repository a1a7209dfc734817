import { EventsError } from '../error.js';
import type { EvidenceStore, StoreGroup, StoreRecord } from '../log/store.js';
import type { FastCheck } from './store-arbitraries.js';

/** A freshly opened, empty store, and how to reach what it stored in other ways. */
export interface StoreUnderTest {
  readonly store: EvidenceStore;
  /** Closes the store and opens the same log again. Called only for persistent drivers. */
  reopen(): Promise<EvidenceStore>;
  /** Opens the same log once more, beside the first. Called only for shared drivers. */
  another(): Promise<EvidenceStore>;
  /** Closes and removes everything. */
  dispose(): Promise<void>;
}

/** What a test runner has to offer; vitest's own functions fit. */
export interface TestApi {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
  readonly expect: (actual: unknown) => { toEqual(expected: unknown): void };
}

/** How a driver is put under the contract. */
export interface StoreContractOptions extends TestApi {
  readonly fc: FastCheck;
  readonly open: () => Promise<StoreUnderTest>;
  /** True when what is stored outlives the store. */
  readonly persistent: boolean;
  /**
   * False where only one handle may be open at a time: `another` is then never called. As
   * `persistent` when absent.
   */
  readonly shared?: boolean;
  /** Runs of the model-based properties; 40 when absent. */
  readonly runs?: number;
}

/** Opens a store for one piece of work and removes it afterwards, whatever happened. */
export async function withStore<T>(
  options: StoreContractOptions,
  work: (under: StoreUnderTest) => Promise<T>,
): Promise<T> {
  const under = await options.open();
  try {
    return await work(under);
  } finally {
    await under.dispose();
  }
}

/** A record told apart by a number. */
export function aStoreRecord(n: number, parts: Partial<StoreRecord> = {}): StoreRecord {
  const bytes = new TextEncoder().encode(`record ${n}`);
  const leaf = new Uint8Array(32).fill(n % 251);
  return { bytes, leaf, timeMs: n, terms: [`n:${n}`], disclosures: [], ...parts };
}

/** A group of one such record. */
export function aStoreGroup(n: number, parts: Partial<StoreGroup> = {}): StoreGroup {
  return { records: [aStoreRecord(n)], ...parts };
}

/** What a promise rejects with: the code of an {@link EventsError}, or what came instead. */
export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await work };
  } catch (error) {
    return EventsError.is(error) ? error.code : error;
  }
}
