import { EventsError } from '../error.js';
import type { EvidencePage, EvidenceQuery, EvidenceReader } from '../ports.js';
import { decodeStored, requireWhole } from './decode.js';
import { createFoundMacs } from './found-macs.js';
import { createRecordParser, type ParseRecord } from './parse-record.js';
import type { RecordKeys } from './record-keys.js';
import type { EvidenceStore, StoredRecord, StoreManyDisclosures, StoreQuery } from './store.js';
import { termsOfQuery, typeTerm } from './terms.js';
import { termsOfBytes } from './terms-of-bytes.js';

const MAX_LIMIT = 1000;
const DEFAULT_LIMIT = 100;
const MAX_TYPES = 100;

const isIndex = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

function checkQuery(query: EvidenceQuery): number {
  const limit = query.limit ?? DEFAULT_LIMIT;
  if (!isIndex(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new EventsError('EVENTS_QUERY_INVALID', `limit: expected 1 to ${MAX_LIMIT}`, {
      details: { path: '$.limit' },
    });
  }
  if (query.cursor !== undefined && !isIndex(query.cursor)) {
    throw new EventsError('EVENTS_QUERY_INVALID', 'cursor: expected an index', {
      details: { path: '$.cursor' },
    });
  }
  if (query.types !== undefined && query.types.length > MAX_TYPES) {
    throw new EventsError('EVENTS_QUERY_INVALID', `types: expected at most ${MAX_TYPES}`, {
      details: { path: '$.types' },
    });
  }
  for (const part of ['fromTimeMs', 'toTimeMs'] as const) {
    if (query[part] === undefined || Number.isFinite(query[part])) continue;
    throw new EventsError('EVENTS_QUERY_INVALID', `${part}: expected a number`, {
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
  end?: number,
): Promise<readonly StoredRecord[]> {
  const { newestFirst, cursor } = query;
  const types = [...new Set(query.types)];
  const last = newestFirst ? cursor : undefined;
  const before = end === undefined ? last : Math.min(last ?? end, end);
  if (query.types === undefined) return store.find(storeQuery(query, limit, before));
  // The log may grow between searches, so all of them end at the size before the first.
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

const hasAll = (terms: readonly string[], wanted: readonly string[]): boolean =>
  wanted.every((one) => terms.includes(one));

/** Records below `to`, found by an index without later terms, and filtered by their content. */
async function findByBytes(
  store: EvidenceStore,
  query: EvidenceQuery,
  limit: number,
  to: number,
): Promise<readonly StoredRecord[]> {
  const { agent, actor, tool, rule, ...earlier } = query;
  const later = termsOfQuery({
    ...(agent === undefined ? {} : { agent }),
    ...(actor === undefined ? {} : { actor }),
    ...(tool === undefined ? {} : { tool }),
    ...(rule === undefined ? {} : { rule }),
  });
  const { newestFirst } = query;
  const found: StoredRecord[] = [];
  let cursor = newestFirst ? Math.min(query.cursor ?? to, to) : query.cursor;
  while (found.length < limit) {
    const at = cursor === undefined ? {} : { cursor };
    const page = await findStored(store, { ...earlier, ...at }, MAX_LIMIT, to);
    found.push(...page.filter(({ bytes }) => hasAll(termsOfBytes(bytes), later)));
    const last = page.at(-1);
    if (page.length < MAX_LIMIT || !last) break;
    cursor = newestFirst ? last.index : last.index + 1;
  }
  return found.slice(0, limit);
}

/**
 * Finds records of a log whose older part was written before agent, actor, tool and rule were terms; in
 * that part it searches by the other terms and filters.
 */
async function findInBoth(
  store: EvidenceStore,
  query: EvidenceQuery,
  limit: number,
  termsFrom: number,
): Promise<readonly StoredRecord[]> {
  const asksLater = [query.agent, query.actor, query.tool, query.rule].some((one) => one);
  if (termsFrom === 0 || !asksLater) return findStored(store, query, limit);
  const older = (most: number) => findByBytes(store, query, most, termsFrom);
  const newer = async (most: number): Promise<readonly StoredRecord[]> => {
    const { cursor, newestFirst } = query;
    if (!newestFirst) {
      const from = Math.max(cursor ?? 0, termsFrom);
      return findStored(store, { ...query, cursor: from }, most);
    }
    const found = await findStored(store, query, most);
    return found.filter(({ index }) => index >= termsFrom);
  };
  const [one, other] = query.newestFirst ? [newer, older] : [older, newer];
  const found = await one(limit);
  return found.length === limit ? found : [...found, ...(await other(limit - found.length))];
}

function manyDisclosures(
  store: EvidenceStore & Partial<StoreManyDisclosures>,
): Pick<EvidenceReader, 'disclosuresOf'> {
  const { disclosuresOf } = store;
  return disclosuresOf ? { disclosuresOf: (indexes) => disclosuresOf(indexes) } : {};
}

/** Parsers of record types that are asked for alone, as many as this. */
const MOST_PARSERS = 32;

function createParsers(): (query: EvidenceQuery) => ParseRecord | undefined {
  const parsers = new Map<string, ParseRecord>();
  return ({ types }) => {
    const [type] = types ?? [];
    if (type === undefined || types?.length !== 1) return undefined;
    const known = parsers.get(type);
    if (known || parsers.size >= MOST_PARSERS) return known;
    const made = createRecordParser();
    parsers.set(type, made);
    return made;
  };
}

/**
 * Reads evidence from a store, and accepts no record whose hash does not fit.
 *
 * @param unsignedBelow Records below this index may lack an HMAC.
 * @param termsFrom Records below this index may lack the terms of agent, actor, tool and rule.
 */
export function createReader(
  store: EvidenceStore,
  keys: RecordKeys,
  unsignedBelow: number,
  termsFrom = 0,
): EvidenceReader {
  const parserOf = createParsers();
  const macsOf = createFoundMacs(keys);
  return {
    size: () => store.size(),
    async query(query): Promise<EvidencePage> {
      const limit = checkQuery(query);
      const stored = await findInBoth(store, query, limit, termsFrom);
      const parse = parserOf(query);
      const isGood = macsOf(stored);
      const records = stored.map((one, at) =>
        requireWhole(decodeStored(one, keys, unsignedBelow, parse, (tenant) => isGood(at, tenant))),
      );
      const last = records.at(-1);
      if (records.length < limit || !last) return { records };
      return { records, next: query.newestFirst ? last.index : last.index + 1 };
    },
    disclosures: (index) => store.disclosures(index),
    ...manyDisclosures(store),
  };
}
