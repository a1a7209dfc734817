import { EventsError } from '@spanforge/core-events';
import type { Checkpointer, EvidenceLog, SignedCheckpoint } from '@spanforge/core-events/log';
import { fromUtf8, parseCheckpoint } from '@spanforge/core-signing';

/** What an operator needs of an evidence log; every {@link EvidenceLog} has it. */
export type OperatorLog = Pick<
  EvidenceLog,
  'origin' | 'store' | 'decode' | 'size' | 'query' | 'disclosures'
>;

/** Where the checkpointer leaves the last note it released. */
const LATEST = 'checkpoint/latest';

/** What a note says, its signature not looked at. */
export function readNote(note: string): SignedCheckpoint & { readonly origin: string } {
  const { origin, size, root } = parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1));
  return { origin, size, root, note };
}

/** The last released checkpoint, from whoever signs or from the store. */
export async function latestCheckpoint(
  log: OperatorLog,
  checkpointer: Checkpointer | undefined,
): Promise<SignedCheckpoint | undefined> {
  if (checkpointer) return checkpointer.latest();
  const bytes = await log.store.getDerived(LATEST);
  if (!bytes) return undefined;
  try {
    const { note } = JSON.parse(fromUtf8(bytes)) as { note: string };
    return readNote(note);
  } catch (cause) {
    throw new EventsError('EVENTS_STORE_INVALID', 'the last checkpoint cannot be read', { cause });
  }
}
