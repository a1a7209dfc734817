import type { EvidenceContext } from '../context.js';
import { EventsError } from '../error.js';
import { auditGapV1 } from '../records/audit-gap-v1.js';
import type { EvidenceLog } from './types.js';
import { createWriterNumbers, type MissingNumbers } from './writer-numbers.js';

/** Who acknowledges. */
export interface AcknowledgeHolesOptions {
  /** Where the records about it belong; `actor` is the operator. */
  readonly context: EvidenceContext;
}

const READ_AT_ONCE = 512;
const RECORDS_AT_ONCE = 1000;

async function findHoles({ store, decode }: EvidenceLog): Promise<readonly MissingNumbers[]> {
  const size = await store.size();
  const numbers = createWriterNumbers();
  for (let at = 0; at < size; ) {
    const records = await store.read(at, Math.min(READ_AT_ONCE, size - at));
    if (records.length === 0)
      throw new EventsError('EVENTS_STORE_UNAVAILABLE', 'records are missing');
    for (const stored of records) {
      const decoded = decode(stored);
      if (decoded.ok) numbers.note(decoded.record, []);
    }
    at += records.length;
  }
  return numbers.missing();
}

/**
 * Records that writer numbers are missing, such as those that a killed process had assigned; `fsck` then
 * no longer reports them as holes. Reads the whole log. What the numbers were for stays unknown; the
 * record says who acknowledged that.
 *
 * No other process may append meanwhile: numbers it has assigned but not yet written would be named too.
 *
 * @returns The holes that were named; none when there are none.
 * @throws {EventsError} What an append throws; `EVENTS_STORE_UNAVAILABLE`.
 */
export async function acknowledgeHoles(
  log: EvidenceLog,
  { context }: AcknowledgeHolesOptions,
): Promise<readonly MissingNumbers[]> {
  const holes = await findHoles(log);
  const drafts = holes.map(({ id, boot, from, to }) => {
    const numbers = { writerId: id, boot, fromN: from, toN: to, count: to - from + 1 };
    const body = auditGapV1.toWire({ ...numbers, cause: 'acknowledged' });
    return { type: auditGapV1.key, context, body };
  });
  for (let at = 0; at < drafts.length; at += RECORDS_AT_ONCE) {
    await log.append(drafts.slice(at, at + RECORDS_AT_ONCE));
  }
  return holes;
}
