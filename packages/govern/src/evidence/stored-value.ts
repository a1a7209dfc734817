import {
  type Disclosure,
  type EvidenceReader,
  type EvidenceRecord,
  readValues,
} from '@spanforge/core-events';

/** A record's value, if it still exists in its trace and is the one the record committed to. */
export async function readStoredValue(
  log: EvidenceReader,
  record: EvidenceRecord,
  digest: string | undefined,
): Promise<Disclosure | undefined> {
  return digest === undefined ? undefined : (await readValues(log, [record])).get(digest);
}
