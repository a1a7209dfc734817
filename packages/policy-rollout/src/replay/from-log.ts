import type { EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { concatBytes, sha256, toHex } from '@spanforge/core-signing';
import { bodyOf, type DecisionBody } from './decision-body.js';
import { createHistory, type LogHistory } from './history.js';
import { readDecision } from './read-decision.js';
import { type Disclosed, NEAR, readDisclosed } from './read-disclosed.js';
import type { RecordedDecision } from './recorded.js';

/** The decisions of a log to read. */
export interface LogSourceOptions {
  readonly reader: EvidenceReader;
  readonly tenant?: string;
  readonly project?: string;
  readonly traceId?: string;
  /** Only decisions of this application's own policy; those of all when absent. */
  readonly application?: string;
  /** Epoch milliseconds, inclusive. */
  readonly fromTimeMs?: number;
  /** Epoch milliseconds, exclusive. */
  readonly toTimeMs?: number;
  /** Called now and then with the index up to which the log has been read, and the index of its end. */
  readonly onRead?: (index: number, end: number) => void;
}

/** The live decisions of an evidence log, in log order, up to the size of the log at the start. */
export interface LogSource extends AsyncIterable<RecordedDecision> {
  /**
   * SHA-256 over everything read so far, hex. It begins with 32 zero bytes; for each record it is
   * computed over itself and the leaf hash of the record.
   */
  inputDigest(): string;
}

/** Decisions asked for at a time: of more, the garbage collector copies many before they are done with. */
const PAGE = 256;

/** Log sources that give their decisions in groups. */
const grouped = new WeakMap<object, () => AsyncGenerator<Iterable<RecordedDecision>>>();

/**
 * The decisions of a source in groups, each opened as it is iterated: one promise for many decisions.
 * Undefined for a source that hands out one at a time.
 */
export function inGroups(source: object): AsyncIterable<Iterable<RecordedDecision>> | undefined {
  return grouped.get(source)?.();
}

/**
 * Reads decisions from an evidence log, each with its request if that is disclosed and matches the
 * digest in the record. Iterating again reads again.
 *
 * @throws {EventsError} while iterating: `EVENTS_RECORD_TAMPERED`, `EVENTS_STORE_UNAVAILABLE`.
 */
export function decisionsOfLog(options: LogSourceOptions): LogSource {
  const { reader, onRead, application, ...filter } = options;
  let digest: Uint8Array = new Uint8Array(HASH_BYTES);
  function* decide(
    records: readonly EvidenceRecord[],
    bodies: readonly (DecisionBody | undefined)[],
    known: Disclosed,
    history: LogHistory,
  ): Generator<RecordedDecision> {
    for (const [at, record] of records.entries()) {
      digest = pin(digest, record.leaf);
      yield readDecision(record, bodies[at], known, at, history);
    }
  }
  async function* readGroups(): AsyncGenerator<Iterable<RecordedDecision>> {
    digest = new Uint8Array(HASH_BYTES);
    const end = await reader.size();
    const history = createHistory(reader, end);
    const cut = createCutter(reader.disclosuresOf !== undefined);
    let cursor: number | undefined = 0;
    while (cursor !== undefined) {
      const page = await reader.query({
        ...filter,
        types: [policyDecisionV1.key],
        cursor,
        limit: PAGE,
      });
      const isAsked = (record: EvidenceRecord): boolean =>
        application === undefined || bodyOf(record)?.application === application;
      const live = page.records.filter(
        (one) => one.mode === 'live' && one.index < end && isAsked(one),
      );
      for (let at = 0; at < live.length; ) {
        const records = live.slice(at, cut.endOf(live, at));
        const bodies = records.map(bodyOf);
        const disclosed = await readDisclosed(reader, records, bodies, end);
        cut.note(disclosed.characters);
        yield decide(records, bodies, disclosed, history);
        at += records.length;
      }
      onRead?.(Math.min(page.next ?? end, end), end);
      cursor = page.next !== undefined && page.next < end ? page.next : undefined;
    }
  }
  async function* read(): AsyncGenerator<RecordedDecision> {
    for await (const group of readGroups()) yield* group;
  }
  const source = { [Symbol.asyncIterator]: read, inputDigest: () => toHex(digest) };
  grouped.set(source, readGroups);
  return source;
}

const HASH_BYTES = 32;
const pinned = new Uint8Array(2 * HASH_BYTES);

function pin(digest: Uint8Array, leaf: Uint8Array): Uint8Array {
  if (leaf.length !== HASH_BYTES) return sha256(concatBytes(digest, leaf));
  pinned.set(digest);
  pinned.set(leaf, HASH_BYTES);
  return sha256(pinned);
}

/** The size of a group if the reader cannot read disclosures of several records together. */
const FEW = 32;
/** The number of records whose disclosures are read together, at first and at most. */
const SPAN = { least: 256, most: 2048 } as const;
/** How many characters of disclosures a group should have. One may have 1 MiB; most have some hundred. */
const GROUP_CHARACTERS = 1024 * 1024;

/** Chooses the size of groups: larger while their disclosures are small. */
function createCutter(isTogether: boolean) {
  let span: number = SPAN.least;
  return {
    /** The end of the group that begins at a position. */
    endOf(records: readonly EvidenceRecord[], from: number): number {
      if (!isTogether) return from + FEW;
      const end = (records[from]?.index ?? 0) + span - 2 * NEAR;
      let to = from + 1;
      while ((records[to]?.index ?? end) < end) to += 1;
      return to;
    },
    note(characters: number): void {
      if (characters > GROUP_CHARACTERS) span = SPAN.least;
      else if (characters < GROUP_CHARACTERS / 4) span = Math.min(SPAN.most, span * 2);
    },
  };
}
