import { EventsError } from '../../error.js';
import type { EvidenceStore, StoredRecord } from '../store.js';
import type { OwnTypes } from './own-types.js';

const READ_AT_ONCE = 256;

/**
 * Reads a part of the log page by page, but for the records that are known to be of other types. What
 * is noted of the records of one page counts for the next.
 *
 * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`.
 */
export async function* unreadPages(
  store: EvidenceStore,
  own: OwnTypes,
  types: ReadonlySet<string>,
  from: number,
  to: number,
): AsyncGenerator<readonly StoredRecord[]> {
  for (let at = from; at < to; ) {
    const skipped = own.skip(at, to, types);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const next = own.nextKnown(at, Math.min(to, at + READ_AT_ONCE));
    const records = await store.read(at, next - at);
    if (records.length === 0)
      throw new EventsError('EVENTS_STORE_UNAVAILABLE', 'records are missing');
    yield records;
    at += records.length;
  }
}
