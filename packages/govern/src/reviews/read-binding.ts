import type { EvidenceReader } from '@spanforge/core-events';
import { openDisclosure } from '@spanforge/core-signing';

/** Where a disclosed value is: its name, its digest, and the record it was stored with. */
export interface DisclosedAt {
  readonly index: number;
  readonly digest: string;
  readonly name: 'binding' | 'edited' | 'grant';
}

/**
 * Reads the disclosed value that a review, an edit or a grant is bound to.
 *
 * @throws {TypeError} when it is no longer disclosed, or does not match its digest.
 */
export async function readBound(
  log: EvidenceReader,
  { index, digest, name }: DisclosedAt,
): Promise<Record<string, unknown>> {
  const disclosures = await log.disclosures(index);
  const found = disclosures.find((one) => one.digest === digest);
  const opened = found && openDisclosure(found.encoded);
  if (opened?.digest !== digest || opened.name !== name) {
    throw new TypeError(`the ${name} of the review is not disclosed`);
  }
  return opened.value as Record<string, unknown>;
}
