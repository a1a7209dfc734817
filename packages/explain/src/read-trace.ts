import { type EvidenceReader, type EvidenceRecord, readRecords } from '@spanforge/core-events';
import { openDisclosure } from '@spanforge/core-signing';
import { ExplainError } from './error.js';

/** The records of a trace, in log order. @throws {ExplainError} `EXPLAIN_EVIDENCE_UNAVAILABLE`. */
export async function readTrace(
  reader: EvidenceReader,
  where: { readonly traceId: string; readonly tenant?: string; readonly types?: readonly string[] },
): Promise<readonly EvidenceRecord[]> {
  try {
    return await readRecords(reader, where);
  } catch (cause) {
    throw new ExplainError('EXPLAIN_EVIDENCE_UNAVAILABLE', 'the trace cannot be read', { cause });
  }
}

/** What the policy was asked, where it is still disclosed. */
export async function requestOf(
  reader: EvidenceReader,
  { index }: EvidenceRecord,
): Promise<{ readonly request: unknown } | undefined> {
  const disclosures = await reader.disclosures(index);
  const found = disclosures.find(({ name }) => name === 'request');
  return found && { request: openDisclosure(found.encoded).value };
}
