import type { Disclosure } from '@spanforge/core-signing';
import { matchesDisclosure, openDisclosure } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import type { EvidenceRecord } from '../evidence.js';
import { type FsckFinding, fault } from './fsck-report.js';
import type { EvidenceStore, StoreDisclosure, StoreManyDisclosures } from './store.js';

function disclosureFault(record: EvidenceRecord, disclosure: Disclosure): string | undefined {
  const { values } = record.body;
  const committed = (typeof values === 'object' && values !== null ? values : {}) as Readonly<
    Record<string, unknown>
  >;
  const { name, digest } = disclosure;
  if (committed[name] === digest && matchesDisclosure(disclosure)) return undefined;
  try {
    const opened = openDisclosure(disclosure.encoded);
    const named = Object.hasOwn(committed, opened.name) ? committed[opened.name] : undefined;
    if (opened.digest === digest && named === digest) return undefined;
    return `the disclosure of ${JSON.stringify(opened.name)} is not what the record commits to`;
  } catch {
    return 'a disclosure cannot be read';
  }
}

type FsckStore = EvidenceStore & Partial<StoreManyDisclosures>;

const isInvalid = (error: unknown): error is EventsError =>
  EventsError.is(error) && error.code === 'EVENTS_STORE_INVALID';

/** The disclosures of one record. Those that the store reports as changed become findings; the check goes on. */
async function readDisclosuresOf(
  store: FsckStore,
  index: number,
  findings: FsckFinding[],
): Promise<readonly StoreDisclosure[]> {
  try {
    return await store.disclosures(index);
  } catch (error) {
    if (!isInvalid(error)) throw error;
    const { file } = error.details;
    const where = typeof file === 'string' ? ` in the file ${file}` : '';
    findings.push(
      fault('disclosure_mismatch', `a disclosure${where} is not what was stored`, index),
    );
    return [];
  }
}

/** The disclosures of consecutive records, read together if the driver can. */
export async function readDisclosures(
  store: FsckStore,
  first: number,
  count: number,
  findings: FsckFinding[],
): Promise<readonly (readonly StoreDisclosure[])[]> {
  const indexes: number[] = [];
  for (let at = 0; at < count; at += 1) indexes.push(first + at);
  try {
    if (store.disclosuresOf) return await store.disclosuresOf(indexes);
  } catch (error) {
    if (!isInvalid(error)) throw error;
  }
  return Promise.all(indexes.map((index) => readDisclosuresOf(store, index, findings)));
}

/** Compares the disclosures of a record with what it commits to. */
export function checkDisclosures(
  record: EvidenceRecord,
  index: number,
  disclosures: readonly StoreDisclosure[],
  findings: FsckFinding[],
): void {
  for (const disclosure of disclosures) {
    const message = disclosureFault(record, disclosure);
    if (message) findings.push(fault('disclosure_mismatch', message, index));
  }
}
