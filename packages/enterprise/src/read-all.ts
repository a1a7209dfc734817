import { type EvidenceReader, type EvidenceRecord, eachRecord } from '@spanforge/core-events';

/** Every record of some types; proven complete if the reader can prove it. */
export async function* readAll(
  reader: EvidenceReader,
  types: readonly string[],
): AsyncGenerator<EvidenceRecord> {
  if (reader.readComplete === undefined) yield* eachRecord(reader, { types });
  else yield* reader.readComplete(types, 0, await reader.size());
}
