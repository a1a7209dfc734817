import type { Disclosure, EvidenceReader } from '@spanforge/core-events';
import { openDisclosure } from '@spanforge/core-signing';

/** A record's value, if it still exists and is the one the record committed to. */
export async function readStoredValue(
  log: EvidenceReader,
  index: number,
  digest: string | undefined,
): Promise<Disclosure | undefined> {
  if (digest === undefined) return undefined;
  const found = (await log.disclosures(index)).find((one) => one.digest === digest);
  return found && openDisclosure(found.encoded).digest === digest ? found : undefined;
}
