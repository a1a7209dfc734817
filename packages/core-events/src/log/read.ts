import { EventsError } from '../error.js';
import type { EvidencePage, EvidenceQuery, EvidenceReader } from '../ports.js';
import { decodeStored, requireWhole } from './decode.js';
import type { RecordKeys } from './record-keys.js';
import type { EvidenceStore, StoredRecord, StoreQuery } from './store.js';
import { termsOfQuery, typeTerm } from './terms.js';

const MAX_LIMIT = 1000;
const DEFAULT_LIMIT = 100;
const MAX_TYPES = 100;

const isIndex = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

function checkQuery(query: EvidenceQuery): number {
  const limit = query.limit ?? DEFAULT_LIMIT;
  if (!isIndex(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new EventsError('EVENTS_QUERY_INVALID', `limit must be 1 to ${MAX_LIMIT}`, {
      details: { path: '$.limit' },
    });
  }
  if (query.cursor !== undefined && !isIndex(query.cursor)) {
    throw new EventsError('EVENTS_QUERY_INVALID', 'cursor must be an index', {
      details: { path: '$.cursor' },
    });
  }
  if (query.types !== undefined && query.types.length > MAX_TYPES) {
    throw new EventsError('EVENTS_QUERY_INVALID', `at most ${MAX_TYPES} types`, {
      details: { path: '$.types' },
    });
  }
  for (const part of ['fromTimeMs', 'toTimeMs'] as const) {
    if (query[part] === undefined || Number.isFinite(query[part])) continue;
    throw new EventsError('EVENTS_QUERY_INVALID', `${part} must be a number`, {
      details: { path: `$.${part}` },
    });
  }
  return limit;
}

function storeQuery(query: EvidenceQuery, limit: number, to: number | undefined): StoreQuery {
  const { cursor, newestFirst, fromTimeMs, toTimeMs } = query;
  return {
    terms: termsOfQuery(query),
    limit,
    from: newestFirst ? 0 : (cursor ?? 0),
    ...(to === undefined ? {} : { to }),
    ...(newestFirst ? { newestFirst } : {}),
    ...(fromTimeMs === undefined ? {} : { fromTimeMs }),
    ...(toTimeMs === undefined ? {} : { toTimeMs }),
  };
}

async function findStored(
  store: EvidenceStore,
  query: EvidenceQuery,
  limit: number,
): Promise<readonly StoredRecord[]> {
  const { newestFirst, cursor } = query;
  const types = [...new Set(query.types)];
  const before = newestFirst ? cursor : undefined;
  if (query.types === undefined) return store.find(storeQuery(query, limit, before));
  // Several searches see the log at several moments: all of them end where it ended before the first.
  const to =
    types.length > 1 ? Math.min(before ?? Number.POSITIVE_INFINITY, await store.size()) : before;
  const one = storeQuery(query, limit, to);
  const lists = await Promise.all(
    types.map((type) => store.find({ ...one, terms: [...one.terms, typeTerm(type)] })),
  );
  if (lists.length === 1) return lists[0] ?? [];
  const direction = newestFirst ? -1 : 1;
  return lists
    .flat()
    .sort((a, b) => direction * (a.index - b.index))
    .slice(0, limit);
}

/**
 * Reads evidence from a store, believing nothing that does not hash.
 *
 * @param unsignedBelow Records below this index may lack an HMAC.
 */
export function createReader(
  store: EvidenceStore,
  keys: RecordKeys,
  unsignedBelow: number,
): EvidenceReader {
  return {
    size: () => store.size(),
    async query(query): Promise<EvidencePage> {
      const limit = checkQuery(query);
      const stored = await findStored(store, query, limit);
      const records = stored.map((one) => requireWhole(decodeStored(one, keys, unsignedBelow)));
      const last = records.at(-1);
      if (records.length < limit || !last) return { records };
      return { records, next: query.newestFirst ? last.index : last.index + 1 };
    },
    disclosures: (index) => store.disclosures(index),
  };
}
