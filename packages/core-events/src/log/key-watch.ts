import { fromUtf8 } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import { keyRetiredV1 } from '../records/key-retired-v1.js';
import { keyRevokedV1 } from '../records/key-revoked-v1.js';
import type { EvidenceStore, StoredRecord } from './store.js';
import { typeTerm } from './terms.js';

const AT_ONCE = 1000;

/** The body of a stored record; empty where it cannot be read. */
export function bodyOf({ bytes }: StoredRecord): Readonly<Record<string, unknown>> {
  try {
    const { body } = JSON.parse(fromUtf8(bytes)) as { readonly body: object };
    return { ...body };
  } catch {
    // Readers of the log report the broken record; it cannot retire a key.
    return {};
  }
}

/**
 * Watches the log for records that take a key out of service, so that a signer which still runs with
 * an old key stops instead of signing checkpoints that every verifier would refuse.
 *
 * @returns Throws `EVENTS_KEY_RETIRED` where the key may not sign a checkpoint of this size.
 */
export function createKeyWatch(store: EvidenceStore, kid: string): (size: number) => Promise<void> {
  const seen = new Map<string, number>();
  let limit = Number.POSITIVE_INFINITY;
  let reason = 'retired';

  const note = (size: number, why: string): void => {
    if (size < limit) reason = why;
    limit = Math.min(limit, size);
  };

  async function readOn(type: string, limitIn: (stored: StoredRecord) => number): Promise<void> {
    const why = type === keyRevokedV1.key ? 'revoked' : 'retired';
    for (;;) {
      const from = seen.get(type) ?? 0;
      const found = await store.find({ terms: [typeTerm(type)], from, limit: AT_ONCE });
      for (const stored of found) {
        seen.set(type, stored.index + 1);
        if (bodyOf(stored).kid === kid) note(limitIn(stored), why);
      }
      if (found.length < AT_ONCE) return;
    }
  }

  return async (size) => {
    await readOn(keyRetiredV1.key, ({ index }) => index + 1);
    await readOn(keyRevokedV1.key, (stored) => Number(bodyOf(stored).last_good_size ?? 0));
    if (size <= limit) return;
    const message = `the log's key was ${reason}: open the log with the key that replaced it`;
    throw new EventsError('EVENTS_KEY_RETIRED', message, { details: { kid, reason, size: limit } });
  };
}
