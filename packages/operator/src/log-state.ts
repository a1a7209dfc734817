import { EventsError } from '@spanforge/core-events';
import {
  type Checkpointer,
  createProver,
  type EvidenceLog,
  type SignedCheckpoint,
} from '@spanforge/core-events/log';
import {
  equalBytes,
  fromUtf8,
  type NoteVerifier,
  parseCheckpoint,
  verifyCheckpoint,
} from '@spanforge/core-signing';

/** What an operator needs of an evidence log; every {@link EvidenceLog} has it. */
export type OperatorLog = Pick<
  EvidenceLog,
  | 'origin'
  | 'store'
  | 'decode'
  | 'decodeMany'
  | 'writerOf'
  | 'size'
  | 'query'
  | 'disclosures'
  | 'disclosuresOf'
> &
  Partial<Pick<EvidenceLog, 'status'>>;

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

const RELEASED = /^checkpoint\/(\d{16})$/;

/** A released checkpoint that the log's key signed and that the log, as it is now, still leads to. */
async function readStanding(
  log: OperatorLog,
  logKey: NoteVerifier,
  key: string,
): Promise<SignedCheckpoint | undefined> {
  const bytes = await log.store.getDerived(key);
  if (!bytes) return undefined;
  try {
    const note = fromUtf8(bytes);
    const verified = await verifyCheckpoint(note, { origin: log.origin, verifiers: [logKey] });
    if (!verified.ok) return undefined;
    const { size, root } = readNote(note);
    const own = await createProver(log.store).root(size);
    return equalBytes(own, root) ? { size, root, note } : undefined;
  } catch (error) {
    if (EventsError.is(error) && error.code === 'EVENTS_STORE_UNAVAILABLE') throw error;
    return undefined;
  }
}

/** The newest released checkpoint over so many records that the log still leads to. */
export async function standingCheckpoint(
  log: OperatorLog,
  logKey: NoteVerifier,
  needed: number,
): Promise<SignedCheckpoint | undefined> {
  const size = await log.size();
  const keys = (await log.store.listDerived('checkpoint/')).filter((key) => {
    const of = Number(RELEASED.exec(key)?.[1] ?? -1);
    return of >= needed && of <= size;
  });
  // A log that leads to one checkpoint leads to every earlier one, so that halving finds the newest.
  let [found, low, high]: [SignedCheckpoint | undefined, number, number] = [
    undefined,
    0,
    keys.length,
  ];
  keys.sort();
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const standing = await readStanding(log, logKey, keys[middle] ?? '');
    if (standing) [found, low] = [standing, middle + 1];
    else high = middle;
  }
  return found;
}
