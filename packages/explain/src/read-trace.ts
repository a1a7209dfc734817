import type { EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import { openDisclosure } from '@spanforge/core-signing';
import { ExplainError } from './error.js';

const PAGE = 1000;

/** The records of a trace, in log order. @throws {ExplainError} `EXPLAIN_EVIDENCE_UNAVAILABLE`. */
export async function readTrace(
  reader: EvidenceReader,
  where: { readonly traceId: string; readonly tenant: string; readonly types?: readonly string[] },
): Promise<readonly EvidenceRecord[]> {
  const found: EvidenceRecord[] = [];
  let cursor: number | undefined = 0;
  try {
    while (cursor !== undefined) {
      const page = await reader.query({ ...where, cursor, limit: PAGE });
      found.push(...page.records);
      cursor = page.next;
    }
  } catch (cause) {
    throw new ExplainError('EXPLAIN_EVIDENCE_UNAVAILABLE', 'the trace cannot be read', { cause });
  }
  return found;
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
