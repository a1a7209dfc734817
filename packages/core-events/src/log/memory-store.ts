import { EventsError } from '../error.js';
import type {
  EvidenceStore,
  StoreDerivedRemoval,
  StoredRecord,
  StoreErasure,
  StoreGroup,
  StoreGroupResult,
  StoreLeases,
  StoreQuery,
  StoreRecord,
  StoreTaken,
  StoreTerms,
  StoreTimes,
  TakenClaim,
  TakenKey,
} from './store.js';

interface MemoryState {
  readonly records: StoreRecord[];
  readonly postings: Map<string, number[]>;
  readonly keys: Map<string, { request: string; first: number; count: number }>;
  readonly claims: Map<string, number>;
  readonly derived: Map<string, Uint8Array>;
  readonly leases: Map<string, { holder: string; untilMs: number }>;
  closed: boolean;
}

function decideGroup(state: MemoryState, group: StoreGroup): StoreGroupResult {
  const { idempotency, claim } = group;
  if (idempotency) {
    const known = state.keys.get(idempotency.key);
    if (known && known.request !== idempotency.request) return { status: 'conflict' };
    if (known) return { status: 'duplicate', first: known.first, count: known.count };
  }
  const by = claim === undefined ? undefined : state.claims.get(claim);
  return by === undefined
    ? { status: 'stored', first: state.records.length }
    : { status: 'claimed', by };
}

function storeGroup(state: MemoryState, group: StoreGroup, first: number): void {
  const { idempotency, claim, records } = group;
  if (idempotency) {
    state.keys.set(idempotency.key, { request: idempotency.request, first, count: records.length });
  }
  if (claim !== undefined) state.claims.set(claim, first);
  for (const record of records) {
    const index = state.records.push(record) - 1;
    for (const term of new Set(record.terms)) {
      const list = state.postings.get(term);
      if (list) list.push(index);
      else state.postings.set(term, [index]);
    }
  }
}

function termsAt({ postings }: MemoryState, index: number): readonly string[] {
  return [...postings].flatMap(([term, list]) => (list.includes(index) ? [term] : []));
}

function setTerms(state: MemoryState, index: number, terms: readonly string[]): void {
  const record = state.records[index];
  if (!record) return;
  for (const [term, list] of state.postings) {
    const kept = list.filter((each) => each !== index);
    state.postings.set(term, kept);
  }
  for (const term of new Set(terms)) {
    const list = [...(state.postings.get(term) ?? []), index].sort((a, b) => a - b);
    state.postings.set(term, list);
  }
  state.records[index] = { ...record, terms };
}

function claimAt({ claims }: MemoryState, name: string): TakenClaim | undefined {
  const first = claims.get(name);
  return first === undefined ? undefined : { name, first };
}

function keyAt({ keys }: MemoryState, key: string): TakenKey | undefined {
  const row = keys.get(key);
  return row && { key, ...row };
}

function namesBehind(
  rows: ReadonlyMap<string, unknown>,
  after: string,
  limit: number,
): readonly string[] {
  return [...rows.keys()]
    .filter((name) => name > after)
    .sort()
    .slice(0, limit);
}

function toStored(record: StoreRecord, index: number): StoredRecord {
  const { bytes, leaf, mac } = record;
  return mac ? { index, bytes, leaf, mac } : { index, bytes, leaf };
}

/** The record indexes to search: the shortest list of a term, or all records. */
function candidates(state: MemoryState, terms: readonly string[]): readonly number[] | undefined {
  let shortest: readonly number[] | undefined;
  for (const term of terms) {
    const list = state.postings.get(term) ?? [];
    if (shortest === undefined || list.length < shortest.length) shortest = list;
  }
  return shortest;
}

/** How many entries of an ascending list are below a bound. */
function countBelow(list: readonly number[], bound: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function fits(record: StoreRecord, { fromTimeMs, toTimeMs, terms }: StoreQuery): boolean {
  if (fromTimeMs !== undefined && record.timeMs < fromTimeMs) return false;
  if (toTimeMs !== undefined && record.timeMs >= toTimeMs) return false;
  return terms.every((term) => record.terms.includes(term));
}

function search(state: MemoryState, query: StoreQuery): readonly StoredRecord[] {
  const { from, newestFirst, limit } = query;
  const to = Math.min(query.to ?? state.records.length, state.records.length);
  const list = candidates(state, query.terms);
  const first = list ? countBelow(list, from) : from;
  const end = list ? countBelow(list, to) : to;
  const found: StoredRecord[] = [];
  for (let step = 0; step < end - first && found.length < limit; step += 1) {
    const at = newestFirst ? end - 1 - step : first + step;
    const index = list ? (list[at] ?? 0) : at;
    const record = state.records[index];
    if (record && fits(record, query)) found.push(toStored(record, index));
  }
  return found;
}

/** A store in memory, for tests and first looks. Nothing is evicted. */
export function createMemoryStore(): EvidenceStore &
  StoreTerms &
  StoreTimes &
  StoreDerivedRemoval &
  StoreTaken &
  StoreLeases &
  StoreErasure {
  const state: MemoryState = {
    records: [],
    postings: new Map(),
    keys: new Map(),
    claims: new Map(),
    derived: new Map(),
    leases: new Map(),
    closed: false,
  };
  const open = (): MemoryState => {
    if (!state.closed) return state;
    throw new EventsError('EVENTS_STORE_UNAVAILABLE', 'the store is closed');
  };
  return {
    size: async () => open().records.length,
    append: async (groups) =>
      groups.map((group) => {
        const result = decideGroup(open(), group);
        if (result.status === 'stored') storeGroup(state, group, result.first);
        return result;
      }),
    read: async (first, count) =>
      open()
        .records.slice(first, first + count)
        .map((record, at) => toStored(record, first + at)),
    leaves: async (first, count) => {
      const records = open().records.slice(first, first + count);
      const leaves = new Uint8Array(records.length * 32);
      for (const [at, record] of records.entries()) leaves.set(record.leaf, at * 32);
      return leaves;
    },
    find: async (query) => search(open(), query),
    disclosures: async (index) => open().records[index]?.disclosures ?? [],
    eraseDisclosures: async (indexes) => {
      let count = 0;
      for (const index of new Set(indexes)) {
        const record = open().records[index];
        if (!record) continue;
        count += record.disclosures.length;
        state.records[index] = { ...record, disclosures: [] };
      }
      return count;
    },
    getDerived: async (key) => open().derived.get(key),
    putDerived: async (entries) => {
      for (const [key, value] of entries) open().derived.set(key, value.slice());
    },
    removeDerived: async (keys) => {
      for (const key of keys) open().derived.delete(key);
    },
    listDerived: async (prefix) =>
      [...open().derived.keys()].filter((key) => key.startsWith(prefix)).sort(),
    lease: async (name, holder, nowMs, ttlMs) => {
      const current = open().leases.get(name);
      if (current && current.holder !== holder && current.untilMs > nowMs) return false;
      state.leases.set(name, { holder, untilMs: nowMs + ttlMs });
      return true;
    },
    listLeases: async () => [...open().leases].map(([name, lease]) => ({ name, ...lease })),
    breakLease: async (name) => open().leases.delete(name),
    readTerms: async (first, count) =>
      open()
        .records.slice(first, first + count)
        .map((_, at) => termsAt(state, first + at)),
    replaceTerms: async (first, terms) => {
      for (const [at, each] of terms.entries()) setTerms(open(), first + at, each);
    },
    readTimes: async (first, count) =>
      Float64Array.from(open().records.slice(first, first + count), ({ timeMs }) => timeMs),
    replaceTimes: async (first, timesMs) => {
      for (const [at, timeMs] of timesMs.entries()) {
        const record = open().records[first + at];
        if (record && !Number.isNaN(timeMs)) state.records[first + at] = { ...record, timeMs };
      }
    },
    findTaken: async (claims, keys) => ({
      claims: claims.map((name) => claimAt(open(), name)),
      keys: keys.map((key) => keyAt(open(), key)),
    }),
    listClaims: async (after, limit) =>
      namesBehind(open().claims, after, limit).flatMap((name) => claimAt(state, name) ?? []),
    listKeys: async (after, limit) =>
      namesBehind(open().keys, after, limit).flatMap((key) => keyAt(state, key) ?? []),
    replaceTaken: async ({ claims, keys, withoutClaims, withoutKeys }) => {
      for (const name of withoutClaims) open().claims.delete(name);
      for (const key of withoutKeys) open().keys.delete(key);
      for (const { name, first } of claims) open().claims.set(name, first);
      for (const { key, ...row } of keys) open().keys.set(key, row);
    },
    close: async () => {
      state.closed = true;
    },
  };
}
