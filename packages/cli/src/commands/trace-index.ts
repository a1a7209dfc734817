import { EventsError } from '@spanforge/core-events';
import {
  createIndexProver,
  type EvidenceLog,
  readIndexHead,
  type StoredRecord,
} from '@spanforge/core-events/log';
import { type NoteVerifier, verifyIndexProof } from '@spanforge/core-signing';

/** Records behind the signed index that are compared one by one: it is signed whenever 8,192 more are there. */
const MOST_BEHIND = 16_384;
const AT_ONCE = 1000;

type Log = Pick<EvidenceLog, 'store' | 'origin' | 'decode'>;

async function found(
  { store }: Log,
  term: string,
  range: { readonly from: number; readonly to: number },
): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (let from = range.from; from < range.to; ) {
    const page = await store.find({ terms: [term], from, to: range.to, limit: AT_ONCE });
    for (const record of page) records.push(record);
    const last = page.at(-1);
    if (page.length < AT_ONCE || !last) break;
    from = last.index + 1;
  }
  return records;
}

/** Compares the index with the one that the log's key has signed; answers how far that reaches. */
async function compareSigned(
  log: Log,
  term: string,
  logKey: NoteVerifier,
): Promise<number | false> {
  const head = await readIndexHead(log.store, log.origin, logKey);
  if (!head) return 0;
  try {
    const proof = await createIndexProver(log.store).prove(head, term);
    const checkpoint = { origin: log.origin, size: head.size, root: head.logRoot };
    const records = await found(log, term, { from: 0, to: head.size });
    const asked = { proof, logKey: [logKey], checkpoint, term, records };
    return (await verifyIndexProof(asked)).ok && head.size;
  } catch (error) {
    if (EventsError.is(error) && error.code === 'EVENTS_PROOF_UNAVAILABLE') return false;
    throw error;
  }
}

/** Compares the index with the bytes of the records behind the signed one. */
async function compareBehind(log: Log, traceId: string, signed: number): Promise<boolean> {
  const to = await log.store.size();
  const from = Math.max(signed, to - MOST_BEHIND);
  const indexed = new Set<number>();
  for (const { index } of await found(log, `trace:${traceId}`, { from, to })) indexed.add(index);
  for (let at = from; at < to; ) {
    const records = await log.store.read(at, Math.min(AT_ONCE, to - at));
    for (const stored of records) {
      const decoded = log.decode(stored);
      if (decoded.ok && decoded.record.context.traceId === traceId && !indexed.has(stored.index)) {
        return false;
      }
    }
    if (records.length === 0) return true;
    at += records.length;
  }
  return true;
}

/**
 * Whether the index has all records of a trace: as far as it is signed, and behind that by the bytes of the newest
 * records. Whoever writes to the database can remove entries, and what is left looks like a whole trace.
 */
export async function hasWholeTrace(
  log: Log,
  logKey: NoteVerifier,
  traceId: string,
): Promise<boolean> {
  const signed = await compareSigned(log, `trace:${traceId}`, logKey);
  return signed !== false && compareBehind(log, traceId, signed);
}
