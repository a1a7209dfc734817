import { EventsError } from '../error.js';
import type { EvidenceStore, StoreGroup, StoreRecord } from '../log/store.js';
import type { FastCheck } from './store-arbitraries.js';

/** A newly opened, empty store, and other ways to reach its content. */
export interface StoreUnderTest {
  readonly store: EvidenceStore;
  /** Closes the store and opens the same log again. Called only for persistent drivers. */
  reopen(): Promise<EvidenceStore>;
  /** Opens the same log once more, beside the first. Called only for shared drivers. */
  another(): Promise<EvidenceStore>;
  /** Closes and removes everything. */
  dispose(): Promise<void>;
}

/** The functions of a test runner; vitest's fit. */
export interface TestApi {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
  readonly expect: (actual: unknown) => { toEqual(expected: unknown): void };
}

/** Options of the contract for a driver. */
export interface StoreContractOptions extends TestApi {
  readonly fc: FastCheck;
  readonly open: () => Promise<StoreUnderTest>;
  /** True when stored data outlives the store object. */
  readonly persistent: boolean;
  /**
   * False if only one handle may be open at a time; then `another` is never called. Default: like
   * `persistent`.
   */
  readonly shared?: boolean;
  /** Runs of the model-based properties; default 40. */
  readonly runs?: number;
}

/** Opens a store for one test and always removes it afterwards. */
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

/** A record that is identified by a number. */
export function aStoreRecord(n: number, parts: Partial<StoreRecord> = {}): StoreRecord {
  const bytes = new TextEncoder().encode(`record ${n}`);
  const leaf = new Uint8Array(32).fill(n % 251);
  return { bytes, leaf, timeMs: n, terms: [`n:${n}`], disclosures: [], ...parts };
}

/** A group with one such record. */
export function aStoreGroup(n: number, parts: Partial<StoreGroup> = {}): StoreGroup {
  return { records: [aStoreRecord(n)], ...parts };
}

/** The code of the {@link EventsError} with which a promise rejects, or whatever else happened. */
export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await work };
  } catch (error) {
    return EventsError.is(error) ? error.code : error;
  }
}
