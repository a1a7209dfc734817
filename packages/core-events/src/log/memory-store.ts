import { EventsError } from '../error.js';
import type {
  EvidenceStore,
  StoredRecord,
  StoreGroup,
  StoreGroupResult,
  StoreQuery,
  StoreRecord,
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

function toStored(record: StoreRecord, index: number): StoredRecord {
  const { bytes, leaf, mac } = record;
  return mac ? { index, bytes, leaf, mac } : { index, bytes, leaf };
}

function candidates(state: MemoryState, terms: readonly string[]): readonly number[] | undefined {
  let shortest: readonly number[] | undefined;
  for (const term of terms) {
    const list = state.postings.get(term) ?? [];
    if (shortest === undefined || list.length < shortest.length) shortest = list;
  }
  return shortest;
}

function search(state: MemoryState, query: StoreQuery): readonly StoredRecord[] {
  const to = Math.min(query.to ?? state.records.length, state.records.length);
  const list = candidates(state, query.terms) ?? state.records.keys();
  const ordered = query.newestFirst ? [...list].reverse() : list;
  const found: StoredRecord[] = [];
  for (const index of ordered) {
    const record = state.records[index];
    if (!record || index < query.from || index >= to) continue;
    if (query.fromTimeMs !== undefined && record.timeMs < query.fromTimeMs) continue;
    if (query.toTimeMs !== undefined && record.timeMs >= query.toTimeMs) continue;
    if (!query.terms.every((term) => record.terms.includes(term))) continue;
    found.push(toStored(record, index));
    if (found.length >= query.limit) break;
  }
  return found;
}

/** A store that lives as long as the process: for tests and first looks. Nothing is evicted. */
export function createMemoryStore(): EvidenceStore {
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
    getDerived: async (key) => open().derived.get(key),
    putDerived: async (entries) => {
      for (const [key, value] of entries) open().derived.set(key, value.slice());
    },
    listDerived: async (prefix) =>
      [...open().derived.keys()].filter((key) => key.startsWith(prefix)).sort(),
    lease: async (name, holder, nowMs, ttlMs) => {
      const current = open().leases.get(name);
      if (current && current.holder !== holder && current.untilMs > nowMs) return false;
      state.leases.set(name, { holder, untilMs: nowMs + ttlMs });
      return true;
    },
    close: async () => {
      state.closed = true;
    },
  };
}
