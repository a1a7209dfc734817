import type { KeyLimits, KeyRole } from '@spanforge/core-signing';
import type { EvidenceRecord } from '../evidence.js';
import type { EvidenceReader } from '../ports.js';
import { keyAddedV1 } from '../records/key-added-v1.js';
import { keyRetiredV1 } from '../records/key-retired-v1.js';
import { keyRevokedV1 } from '../records/key-revoked-v1.js';

/** What the log says about one key. */
export interface KeyHistory extends KeyLimits {
  readonly kid: string;
  readonly role: KeyRole;
  /** Index of the record that it entered service with; absent where the log does not say. */
  readonly addedAt?: number;
  readonly algorithm?: string;
  readonly publicJwk?: Readonly<Record<string, string>>;
  /** In the words of the operator who revoked it. */
  readonly reason?: string;
}

/** Types of the records that say when keys entered and left service. */
export const KEY_TYPES: readonly string[] = Object.freeze([
  keyAddedV1.key,
  keyRetiredV1.key,
  keyRevokedV1.key,
]);

const least = (known: number | undefined, size: number): number =>
  known === undefined ? size : Math.min(known, size);

/** What a record changes about the key it names; the first addition and the smallest limits stand. */
function apply(keys: Map<string, KeyHistory>, { index, type, body }: EvidenceRecord): void {
  if (type === keyAddedV1.key) {
    const { kid, role, algorithm, publicJwk } = keyAddedV1.fromWire(body);
    const known = keys.get(kid);
    if (known?.addedAt !== undefined) return;
    const jwk = publicJwk === undefined ? {} : { publicJwk };
    keys.set(kid, { kid, role, ...known, addedAt: index, algorithm, ...jwk });
  } else if (type === keyRetiredV1.key) {
    const { kid, role } = keyRetiredV1.fromWire(body);
    const known = keys.get(kid);
    // The record itself is the last one that the key may sign for.
    keys.set(kid, { kid, role, ...known, retiredSize: least(known?.retiredSize, index + 1) });
  } else {
    const { kid, role, lastGoodSize, reason } = keyRevokedV1.fromWire(body);
    const known = keys.get(kid);
    const limit = least(known?.lastGoodSize, lastGoodSize);
    keys.set(kid, { kid, role, reason, ...known, lastGoodSize: limit });
  }
}

async function* eachKeyRecord(reader: EvidenceReader): AsyncGenerator<EvidenceRecord> {
  if (reader.readComplete) {
    yield* reader.readComplete(KEY_TYPES, 0, await reader.size());
    return;
  }
  for (let cursor: number | undefined = 0; cursor !== undefined; ) {
    const page = await reader.query({ types: KEY_TYPES, cursor, limit: 1000 });
    yield* page.records;
    cursor = page.next;
  }
}

/**
 * Every key that the log names, in order: when it entered service, and up to which size of the log its
 * signatures count. A key that was retired or revoked stays so, whatever is recorded later.
 *
 * @throws {EventsError} As `readComplete` of the reader, or `query` where it has none.
 */
export async function readKeyHistory(reader: EvidenceReader): Promise<readonly KeyHistory[]> {
  const keys = new Map<string, KeyHistory>();
  for await (const record of eachKeyRecord(reader)) apply(keys, record);
  return [...keys.values()];
}
