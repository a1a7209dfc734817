import type { Disclosure, EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import {
  type ExecutionEndedBody,
  executionEndedV1,
  executionStartedV1,
} from '@spanforge/core-events/records';
import { openDisclosure } from '@spanforge/core-signing';

/** A call that was begun before, as its records tell it. */
export interface BegunBefore {
  readonly started: EvidenceRecord | undefined;
  /** The last of its endings. */
  readonly ended: (ExecutionEndedBody & { readonly index: number }) | undefined;
}

const PAGE = 1000;
const TYPES = [executionStartedV1.key, executionEndedV1.key];

/** Looks a call up by the ids of the records it was begun with. @throws what the log throws. */
export async function findBegun(
  log: EvidenceReader,
  run: string,
  ids: readonly string[],
): Promise<BegunBefore> {
  let ended: BegunBefore['ended'];
  let cursor: number | undefined;
  do {
    const query = { run, types: TYPES, newestFirst: true, limit: PAGE };
    const page = await log.query(cursor === undefined ? query : { ...query, cursor });
    for (const record of page.records) {
      if (record.type === executionStartedV1.key) {
        if (ids.includes(record.id)) return { started: record, ended };
        continue;
      }
      if (ended !== undefined) continue;
      const body = executionEndedV1.fromWire(record.body);
      const { startedId } = body;
      if (startedId !== undefined && ids.includes(startedId)) {
        ended = { ...body, index: record.index };
      }
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return { started: undefined, ended };
}

/** What of a record's value still exists and is what the record committed to. */
export async function valueAt(
  log: EvidenceReader,
  index: number,
  digest: string | undefined,
): Promise<Disclosure | undefined> {
  if (digest === undefined) return undefined;
  const found = (await log.disclosures(index)).find((one) => one.digest === digest);
  return found && openDisclosure(found.encoded).digest === digest ? found : undefined;
}
