import type { Disclosure, EvidencePage, EvidenceRecord } from '@spanforge/core-events';
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

/** Disclosures by digest, read where they are attached: to the record itself, or to an earlier one of its trace. */
function createFinder(log: OperatorLog) {
  const byTrace = new Map<string, Map<string, Disclosure>>();
  const searched = new Set<string>();
  const knownOf = (traceId: string): Map<string, Disclosure> => {
    const known = byTrace.get(traceId) ?? new Map<string, Disclosure>();
    byTrace.set(traceId, known);
    return known;
  };
  const searchTrace = async (traceId: string, known: Map<string, Disclosure>): Promise<void> => {
    searched.add(traceId);
    let cursor: number | undefined = 0;
    while (cursor !== undefined) {
      const page: EvidencePage = await log.query({ traceId, cursor, limit: TRACE_PAGE });
      for (const record of page.records) {
        if (commitmentsOf(record).every(([, digest]) => known.has(digest))) continue;
        for (const one of await log.disclosures(record.index)) known.set(one.digest, one);
      }
      cursor = page.next;
    }
  };
  return async (record: EvidenceRecord, digest: string): Promise<Disclosure | undefined> => {
    const { traceId } = record.context;
    const known = knownOf(traceId);
    if (known.has(digest)) return known.get(digest);
    for (const one of await log.disclosures(record.index)) known.set(one.digest, one);
    if (!known.has(digest) && !searched.has(traceId)) await searchTrace(traceId, known);
    return known.get(digest);
  };
}

/**
 * Gathers the disclosures that the recipient may see, in order of index and name. A value that
 * several records commit to by one digest is written once, with the first that may show it.
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
      const disclosure = await find(record, digest);
      if (disclosure?.name === name && filter(record, name)) {
        lines.push({ index, name, digest, disclosure: disclosure.encoded });
        shown.add(key);
      } else closed.push({ key, exists: disclosure !== undefined });
    }
  }
  const hidden = closed.filter(({ key }) => !shown.has(key));
  const withheld = hidden.filter(({ exists }) => exists).length;
  return { lines, withheld, missing: hidden.length - withheld };
}
