import { type Disclosure, openDisclosure } from '@spanforge/core-signing';
import type { EvidenceRecord } from './evidence.js';
import type { EvidenceReader } from './ports.js';
import { eachRecord } from './read-records.js';

const digestsOf = ({ body }: EvidenceRecord): readonly string[] => {
  const { values } = body as { values?: unknown };
  if (typeof values !== 'object' || values === null) return [];
  return Object.values(values).filter((digest) => typeof digest === 'string');
};

/**
 * Reads the governed values that records commit to, by digest. A value is stored with one record of
 * its trace and may be named by several; if it is not stored with the record itself, the rest of
 * the trace is searched. A value that was erased, or does not match its digest, is missing.
 *
 * @throws {EventsError} what the reader throws.
 */
export async function readValues(
  reader: EvidenceReader,
  records: readonly EvidenceRecord[],
): Promise<ReadonlyMap<string, Disclosure>> {
  const found = new Map<string, Disclosure>();
  const read = async ({ index }: EvidenceRecord): Promise<void> => {
    for (const disclosure of await reader.disclosures(index)) {
      if (openDisclosure(disclosure.encoded).digest === disclosure.digest) {
        found.set(disclosure.digest, disclosure);
      }
    }
  };
  for (const record of records) if (digestsOf(record).length > 0) await read(record);
  const isMissing = (record: EvidenceRecord): boolean =>
    digestsOf(record).some((digest) => !found.has(digest));
  const traces = new Map(
    records
      .filter(isMissing)
      .map(({ context }) => [
        JSON.stringify([context.tenant, context.traceId]),
        { tenant: context.tenant, traceId: context.traceId },
      ]),
  );
  for (const trace of traces.values()) {
    const wanted = new Set(records.flatMap(digestsOf).filter((digest) => !found.has(digest)));
    const seen = new Set(records.map(({ index }) => index));
    for await (const other of eachRecord(reader, trace)) {
      if (wanted.size === 0) break;
      if (seen.has(other.index) || !digestsOf(other).some((digest) => wanted.has(digest))) continue;
      await read(other);
      for (const digest of found.keys()) wanted.delete(digest);
    }
  }
  return found;
}
