import { leafHash, toHex } from '@spanforge/core-signing';
import type { EvidenceContext } from '../context.js';
import { EventsError } from '../error.js';
import type { EvidenceRecord } from '../evidence.js';
import type { Receipt } from '../ports.js';
import { auditQuarantinedV1 } from '../records/audit-quarantined-v1.js';
import type { DecodedRecord, RecordFault } from './decode.js';
import { createSeenStamps } from './seen-stamps.js';
import type { EvidenceStore, StoredRecord } from './store.js';
import { typeTerm } from './terms.js';
import type { EvidenceLog } from './types.js';

const AT_ONCE = 1000;

/** What an operator can set a record aside for. */
type QuarantineFault = RecordFault | 'copied';

/** Creates a check that says whether, by authentic records, an operator has set a stored record aside. */
export function createQuarantine(
  store: EvidenceStore,
  decode: (stored: StoredRecord) => DecodedRecord,
): (stored: StoredRecord) => Promise<boolean> {
  const aside = new Map<number, string>();
  let seenTo = 0;

  async function readOn(): Promise<void> {
    const terms = [typeTerm(auditQuarantinedV1.key)];
    while (true) {
      const found = await store.find({ terms, from: seenTo, limit: AT_ONCE });
      for (const stored of found) {
        seenTo = stored.index + 1;
        const decoded = decode(stored);
        if (!decoded.ok || decoded.record.type !== auditQuarantinedV1.key) continue;
        const { index, leaf } = auditQuarantinedV1.fromWire(decoded.record.body);
        aside.set(index, leaf);
      }
      if (found.length < AT_ONCE) return;
    }
  }

  return async (stored) => {
    const leaf = toHex(leafHash(stored.bytes));
    if (aside.get(stored.index) === leaf) return true;
    await readOn();
    return aside.get(stored.index) === leaf;
  };
}

/** The record to set aside, by whom, and why. */
export interface QuarantineOptions {
  readonly index: number;
  /** The operator's reason, as free text. */
  readonly reason: string;
  /** Where the record about it belongs; `actor` is the operator. */
  readonly context: EvidenceContext;
}

/** Whether a record before this one has the same number of the same writer. */
async function isCopied(log: EvidenceLog, copy: EvidenceRecord): Promise<boolean> {
  const stamps = createSeenStamps();
  for (let at = 0; at < copy.index; at += AT_ONCE) {
    for (const stored of await log.store.read(at, Math.min(AT_ONCE, copy.index - at))) {
      const decoded = log.decode(stored);
      if (decoded.ok) stamps.isCopy(decoded.record);
    }
  }
  return stamps.isCopy(copy);
}

async function faultOf(
  log: EvidenceLog,
  stored: StoredRecord,
): Promise<QuarantineFault | undefined> {
  const decoded = log.decode(stored);
  if (!decoded.ok) return decoded.fault;
  return (await isCopied(log, decoded.record)) ? 'copied' : undefined;
}

/**
 * Puts a broken record aside, or a copy of an authentic one, by a record that says so: services
 * compute their state without it; readers and verifiers still report it. To find the original of a
 * copy, all records before it are read.
 *
 * @throws {EventsError} `EVENTS_OPTIONS_INVALID` when there is no such record or nothing is wrong
 *   with it; what an append throws.
 */
export async function quarantineRecord(
  log: EvidenceLog,
  { index, reason, context }: QuarantineOptions,
): Promise<Receipt | undefined> {
  const [stored] = await log.store.read(index, 1);
  const fault = stored && (await faultOf(log, stored));
  if (!stored || !fault) {
    const why = stored ? 'nothing is wrong with this record' : 'the log has no such record';
    throw new EventsError('EVENTS_OPTIONS_INVALID', why, { details: { path: '$.index', index } });
  }
  const leaf = toHex(leafHash(stored.bytes));
  const body = auditQuarantinedV1.toWire({ index, leaf, fault, reason });
  const appended = await log.append([{ type: auditQuarantinedV1.key, context, body }]);
  return (await appended.receipts)[0];
}
