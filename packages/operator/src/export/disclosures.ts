import {
  type Disclosure,
  EventsError,
  type EvidencePage,
  type EvidenceRecord,
} from '@spanforge/core-events';
import type { OperatorLog } from '../log-state.js';
import type { DisclosureLine } from '../package/index-lines.js';
import { commitmentsOf } from '../trace/commitments.js';

/** Whether the recipient of a package may see one value of one record. */
export type DisclosureFilter = (record: EvidenceRecord, name: string) => boolean;

/** The values that records commit to, and what became of them in this package. */
export interface GatheredValues {
  readonly lines: readonly DisclosureLine[];
  /** Values that exist and are not for this recipient. */
  readonly withheld: number;
  /** Values of which no disclosure is left. */
  readonly missing: number;
}

const TRACE_PAGE = 1000;

/** Says which record cannot be disclosed, and what to do: the store's own words are about its files. */
function damageOf(index: number, { code, message, details }: EventsError): EventsError {
  const text = `the values of record ${index} cannot be disclosed: ${message}. Export without disclosing them; "audit fsck" names all that is damaged`;
  return new EventsError(code, text, { details: { ...details, index } });
}

/** What was read of one value. */
interface Found {
  readonly disclosure?: Disclosure;
  /** That the values of its record cannot be read. */
  readonly damage?: EventsError;
}

/** Disclosures by digest, read where they are attached: to the record itself, or to an earlier one of its trace. */
function createFinder(log: OperatorLog) {
  const byTrace = new Map<string, Map<string, Disclosure>>();
  const searched = new Set<string>();
  const damaged = new Map<string, EventsError>();
  const knownOf = (traceId: string): Map<string, Disclosure> => {
    const known = byTrace.get(traceId) ?? new Map<string, Disclosure>();
    byTrace.set(traceId, known);
    return known;
  };
  const read = async (record: EvidenceRecord, known: Map<string, Disclosure>): Promise<void> => {
    try {
      for (const one of await log.disclosures(record.index)) known.set(one.digest, one);
    } catch (error) {
      if (!EventsError.is(error) || error.code !== 'EVENTS_STORE_INVALID') throw error;
      const damage = damageOf(record.index, error);
      for (const [, digest] of commitmentsOf(record)) damaged.set(digest, damage);
    }
  };
  const searchTrace = async (traceId: string, known: Map<string, Disclosure>): Promise<void> => {
    searched.add(traceId);
    let cursor: number | undefined = 0;
    while (cursor !== undefined) {
      const page: EvidencePage = await log.query({ traceId, cursor, limit: TRACE_PAGE });
      for (const record of page.records) {
        if (commitmentsOf(record).every(([, digest]) => known.has(digest))) continue;
        await read(record, known);
      }
      cursor = page.next;
    }
  };
  return async (record: EvidenceRecord, digest: string): Promise<Found> => {
    const { traceId } = record.context;
    const known = knownOf(traceId);
    if (!known.has(digest)) await read(record, known);
    if (!known.has(digest) && !searched.has(traceId)) await searchTrace(traceId, known);
    const disclosure = known.get(digest);
    if (disclosure) return { disclosure };
    const damage = damaged.get(digest);
    return damage ? { damage } : {};
  };
}

/**
 * Gathers the disclosures that the recipient may see, in order of index and name. A value that
 * several records commit to by one digest is written once, with the first that may show it. A damaged
 * value that is not for the recipient counts as withheld.
 *
 * @throws {EventsError} `EVENTS_STORE_INVALID` for a damaged value that the recipient may see.
 */
export async function gatherDisclosures(
  log: OperatorLog,
  records: readonly EvidenceRecord[],
  filter: DisclosureFilter,
): Promise<GatheredValues> {
  const lines: DisclosureLine[] = [];
  const find = createFinder(log);
  const shown = new Set<string>();
  const closed: { readonly key: string; readonly exists: boolean }[] = [];
  for (const record of records) {
    const { index } = record;
    for (const [name, digest] of commitmentsOf(record)) {
      const key = `${digest}\n${name}`;
      if (shown.has(key)) continue;
      const { disclosure, damage } = await find(record, digest);
      const mayShow = filter(record, name);
      if (damage && mayShow) throw damage;
      if (disclosure?.name === name && mayShow) {
        lines.push({ index, name, digest, disclosure: disclosure.encoded });
        shown.add(key);
      } else closed.push({ key, exists: disclosure !== undefined || damage !== undefined });
    }
  }
  const hidden = closed.filter(({ key }) => !shown.has(key));
  const withheld = hidden.filter(({ exists }) => exists).length;
  return { lines, withheld, missing: hidden.length - withheld };
}
