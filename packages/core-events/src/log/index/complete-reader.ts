import { INDEX_SEGMENT, type IndexTreeHead, indexTermHash } from '@spanforge/core-signing';
import { EventsError } from '../../error.js';
import type { EvidenceRecord } from '../../evidence.js';
import type { DecodedRecord } from '../decode.js';
import { requireWhole } from '../decode.js';
import type { EvidenceStore, StoredRecord } from '../store.js';
import { typeTerm } from '../terms.js';
import type { SignedIndexHead } from './index-head.js';
import { lookUp, positionIn, sortedEntries } from './lookup.js';
import type { OwnTypes } from './own-types.js';
import { typeOfBytes } from './record-terms.js';
import { isClosed } from './segment-entries.js';
import { openTree } from './stored-tree.js';
import { readSignedSegment } from './term-reader.js';
import { unreadPages } from './unread-pages.js';

/** What reading every record of some types needs. */
export interface CompleteReaderParts {
  readonly store: EvidenceStore;
  readonly decode: (stored: StoredRecord) => DecodedRecord;
  /** The type of an authentic record without decoding it, when possible. */
  readonly typeOf: (stored: StoredRecord) => string | undefined;
  /** The index head signed last, its signature checked. */
  readonly head: () => Promise<SignedIndexHead | undefined>;
  /** Types of recent records, which need not be read again. */
  readonly own: OwnTypes;
  /** Whether an operator has set a record aside. */
  readonly quarantined: (stored: StoredRecord) => Promise<boolean>;
}

/** Reads every record of some types in a part of the log, or says that one is missing. */
export type ReadComplete = (
  types: readonly string[],
  from: number,
  to: number,
) => AsyncGenerator<EvidenceRecord>;

type SegmentTypes = Map<number, { readonly type: string; readonly digest: Uint8Array }[]>;

/** Which segments of a tree hold records of which types, as it was signed. */
async function segmentsOf(
  store: EvidenceStore,
  head: IndexTreeHead,
  types: readonly string[],
): Promise<SegmentTypes> {
  const tree = await openTree(store, head);
  const sorted = sortedEntries(tree);
  const segments: SegmentTypes = new Map();
  for (const type of types) {
    const hash = indexTermHash(typeTerm(type));
    const found = await lookUp(sorted, await positionIn(tree, hash), hash);
    for (const { segment, digest } of found.segments ?? []) {
      const list = segments.get(segment) ?? [];
      segments.set(segment, list);
      list.push({ type, digest });
    }
  }
  return segments;
}

async function segmentsOrNone(
  store: EvidenceStore,
  head: IndexTreeHead,
  types: readonly string[],
): Promise<SegmentTypes | undefined> {
  try {
    return await segmentsOf(store, head, types);
  } catch (error) {
    if (EventsError.is(error) && error.code === 'EVENTS_PROOF_UNAVAILABLE') return undefined;
    throw error;
  }
}

/**
 * Reads every record of some types. In closed segments it uses the index that the log's key has signed,
 * and compares indexes and leaf hashes with it; after them, and where the stored index is damaged, it
 * reads the bytes of every record.
 */
export function createCompleteReader(parts: CompleteReaderParts): ReadComplete {
  const { store, decode, typeOf, own, quarantined } = parts;

  async function whole(stored: StoredRecord): Promise<EvidenceRecord | undefined> {
    const decoded = decode(stored);
    if (!decoded.ok && (await quarantined(stored))) return undefined;
    return requireWhole(decoded);
  }

  async function* byIndex(segments: SegmentTypes, from: number, to: number) {
    for (const [segment, parts] of [...segments].sort(([a], [b]) => a - b)) {
      if ((segment + 1) * INDEX_SEGMENT <= from) continue;
      const lists = [];
      for (const { type, digest } of parts) {
        lists.push(await readSignedSegment(store, typeTerm(type), { segment, digest }));
      }
      for (const stored of lists.flat().sort((a, b) => a.index - b.index)) {
        if (stored.index < from || stored.index >= to) continue;
        const record = await whole(stored);
        if (record) yield record;
      }
    }
  }

  async function* byBytes(types: ReadonlySet<string>, from: number, to: number) {
    for await (const records of unreadPages(store, own, types, from, to)) {
      for (const stored of records) {
        // Other processes write most records of the tail, and few of them are of these types.
        const type = typeOf(stored);
        if (type !== undefined && !types.has(type)) {
          own.note(stored.index, type);
          continue;
        }
        const record = await whole(stored);
        own.note(stored.index, record?.type ?? typeOfBytes(stored.bytes) ?? '');
        if (record && types.has(record.type)) yield record;
      }
    }
  }

  return async function* readComplete(types, from, to) {
    const wanted = new Set(types);
    const head = to - from > INDEX_SEGMENT ? await parts.head() : undefined;
    let at = from;
    for (const tree of head?.trees ?? []) {
      if (!isClosed(tree) || tree.end <= at || at >= to) continue;
      const segments = await segmentsOrNone(store, tree, types);
      const end = Math.min(tree.end, to);
      yield* segments ? byIndex(segments, at, end) : byBytes(wanted, at, end);
      at = end;
    }
    yield* byBytes(wanted, at, to);
  };
}
