import type {
  StoreDisclosure,
  StoredRecord,
  StoreGroup,
  StoreGroupResult,
  StoreQuery,
  StoreRecord,
} from '../log/store.js';

/** The specification of a store as simple code; the contract compares drivers with it. */
export interface StoreModel {
  append(groups: readonly StoreGroup[]): readonly StoreGroupResult[];
  size(): number;
  read(first: number, count: number): readonly StoredRecord[];
  find(query: StoreQuery): readonly StoredRecord[];
  disclosures(index: number): readonly StoreDisclosure[];
}

interface Kept {
  readonly group: StoreGroup;
  readonly first: number;
}

function judge(kept: readonly Kept[], group: StoreGroup, size: number): StoreGroupResult {
  const { idempotency, claim } = group;
  const same = idempotency
    ? kept.find((each) => each.group.idempotency?.key === idempotency.key)
    : undefined;
  if (same && same.group.idempotency?.request !== idempotency?.request) {
    return { status: 'conflict' };
  }
  if (same) return { status: 'duplicate', first: same.first, count: same.group.records.length };
  const taken = claim === undefined ? undefined : kept.find((each) => each.group.claim === claim);
  return taken ? { status: 'claimed', by: taken.first } : { status: 'stored', first: size };
}

function fits(record: StoreRecord, index: number, query: StoreQuery): boolean {
  const { from, to = Number.POSITIVE_INFINITY } = query;
  const { fromTimeMs = Number.NEGATIVE_INFINITY, toTimeMs = Number.POSITIVE_INFINITY } = query;
  return (
    index >= from &&
    index < to &&
    record.timeMs >= fromTimeMs &&
    record.timeMs < toTimeMs &&
    query.terms.every((term) => record.terms.includes(term))
  );
}

/** Makes an empty model. */
export function createStoreModel(): StoreModel {
  const kept: Kept[] = [];
  const records: StoreRecord[] = [];
  const stored = (index: number): StoredRecord => {
    const { bytes, leaf, mac } = records[index]!;
    return { index, bytes, leaf, ...(mac ? { mac } : {}) };
  };
  const indexes = () => records.map((_, index) => index);
  return {
    append: (groups) =>
      groups.map((group) => {
        const result = judge(kept, group, records.length);
        if (result.status === 'stored') {
          kept.push({ group, first: records.length });
          records.push(...group.records);
        }
        return result;
      }),
    size: () => records.length,
    read: (first, count) =>
      indexes()
        .slice(first, first + count)
        .map(stored),
    find(query) {
      const found = indexes().filter((index) => fits(records[index]!, index, query));
      return (query.newestFirst ? found.reverse() : found).slice(0, query.limit).map(stored);
    },
    disclosures: (index) => records[index]?.disclosures ?? [],
  };
}
