import type { EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { concatBytes, sha256, toHex } from '@spanforge/core-signing';
import { bodyOf, type DecisionBody } from './decision-body.js';
import { createHistory } from './history.js';
import { readDecision } from './read-decision.js';
import { createValueOpener, type Disclosed, NEAR, readDisclosed } from './read-disclosed.js';
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

/** Part of a log: the decisions with an index in `[from, to)`. */
export interface LogRange {
  readonly from: number;
  readonly to: number;
  /** The size of the log when reading began: what a decision needs is looked for up to there. */
  readonly end: number;
}

/**
 * Reads decisions from an evidence log, each with its request if that is disclosed and matches the
 * digest in the record. Iterating again reads again.
 *
 * @throws {EventsError} while iterating: `EVENTS_RECORD_TAMPERED`, `EVENTS_STORE_UNAVAILABLE`.
 */
export function decisionsOfLog(options: LogSourceOptions): LogSource {
  const pin = createPin();
  async function* readGroups(): AsyncGenerator<Iterable<RecordedDecision>> {
    pin.begin();
    const end = await options.reader.size();
    yield* groupsOfRange(options, { from: 0, to: end, end }, pin.add);
  }
  async function* read(): AsyncGenerator<RecordedDecision> {
    for await (const group of readGroups()) yield* group;
  }
  const source = { [Symbol.asyncIterator]: read, inputDigest: pin.digest };
  grouped.set(source, readGroups);
  return source;
}

/**
 * The decisions of a part of a log, in groups. What is found for a decision does not depend on where the
 * part or a group begins.
 *
 * @param onLeaf Called with the leaf hash of each record that is read, in order.
 */
export async function* groupsOfRange(
  { reader, onRead, application, ...filter }: LogSourceOptions,
  { from, to, end }: LogRange,
  onLeaf: (leaf: Uint8Array) => void,
): AsyncGenerator<Iterable<RecordedDecision>> {
  function* decide(
    records: readonly EvidenceRecord[],
    bodies: readonly (DecisionBody | undefined)[],
    known: Disclosed,
  ): Generator<RecordedDecision> {
    for (const [at, record] of records.entries()) {
      onLeaf(record.leaf);
      yield readDecision(record, bodies[at], known, at, history);
    }
  }
  const history = createHistory(reader, end);
  const openValue = createValueOpener();
  const cut = createCutter(reader.disclosuresOf !== undefined);
  const isAsked = (record: EvidenceRecord): boolean =>
    application === undefined || bodyOf(record)?.application === application;
  let cursor: number | undefined = from < to ? from : undefined;
  while (cursor !== undefined) {
    // A part has no more decisions than records.
    const limit = Math.min(PAGE, to - cursor);
    const page = await reader.query({ ...filter, types: [policyDecisionV1.key], cursor, limit });
    const live = page.records.filter(
      (one) => one.mode === 'live' && one.index < to && isAsked(one),
    );
    for (let at = 0; at < live.length; ) {
      const records = live.slice(at, cut.endOf(live, at));
      const bodies = records.map(bodyOf);
      const disclosed = await readDisclosed(reader, records, bodies, end, openValue);
      cut.note(disclosed.characters);
      yield decide(records, bodies, disclosed);
      at += records.length;
    }
    onRead?.(Math.min(page.next ?? to, to), end);
    cursor = page.next !== undefined && page.next < to ? page.next : undefined;
  }
}

export const HASH_BYTES = 32;

/** Gathers the digest of {@link LogSource.inputDigest}, leaf by leaf. */
export function createPin() {
  const pinned = new Uint8Array(2 * HASH_BYTES);
  let digest: Uint8Array = new Uint8Array(HASH_BYTES);
  return {
    begin(): void {
      digest = new Uint8Array(HASH_BYTES);
    },
    add(leaf: Uint8Array): void {
      if (leaf.length === HASH_BYTES) {
        pinned.set(digest);
        pinned.set(leaf, HASH_BYTES);
        digest = sha256(pinned);
      } else digest = sha256(concatBytes(digest, leaf));
    },
    digest: () => toHex(digest),
  };
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
