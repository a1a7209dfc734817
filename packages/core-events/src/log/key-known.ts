import {
  fromBase64,
  noteKeyId,
  type SigningKey,
  toHex,
  toVerificationKey,
} from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import { keyAddedV1 } from '../records/key-added-v1.js';
import type { SignedCheckpoint } from './checkpoint-store.js';
import { freezeAdvice } from './freeze-advice.js';
import { bodyOf } from './key-watch.js';
import type { EvidenceStore } from './store.js';
import { typeTerm } from './terms.js';

const AT_ONCE = 1000;
/** Of Ed25519 in signed notes. */
const NOTE_ALGORITHM = 0x01;
const ID_BYTES = 4;

function idIn(line: string): string {
  try {
    return toHex(fromBase64(line.split(' ')[2] ?? '').subarray(0, ID_BYTES));
  } catch {
    return '';
  }
}

/** The ids of the keys in the signature lines of a note; the signatures are not checked. */
function signersOf(note: string): readonly string[] {
  return note
    .slice(note.lastIndexOf('\n\n') + 2)
    .split('\n')
    .map(idIn);
}

function unknownError(reason: string, kid: string): EventsError {
  const message = `the log is frozen: ${reason}: it does not name the key ${kid}: ${freezeAdvice(reason)}`;
  return new EventsError('EVENTS_LOG_FROZEN', message, { details: { reason, kid } });
}

type SignerRole = 'log' | 'package';

/** Kids of keys that the log says came into use, by role. */
async function keysOnRecord(store: EvidenceStore): Promise<Record<SignerRole, Set<string>>> {
  const kids = { log: new Set<string>(), package: new Set<string>() };
  for (let from = 0; ; ) {
    const found = await store.find({ terms: [typeTerm(keyAddedV1.key)], from, limit: AT_ONCE });
    for (const stored of found) {
      const { kid, role } = bodyOf(stored);
      if (role === 'log' || role === 'package') kids[role].add(String(kid));
      from = stored.index + 1;
    }
    if (found.length < AT_ONCE) return kids;
  }
}

/**
 * Watches that the signer's key is one of the log's: one on record or, in a log that names none, the one that
 * signed the latest checkpoint. Keys of packages have to be on record in a log that names any.
 *
 * @returns Throws `EVENTS_LOG_FROZEN` (`key_unknown`, `package_key_unknown`) where one is not.
 */
export function createKeyKnown(
  store: EvidenceStore,
  origin: string,
  signer: SigningKey,
  packageKeys: readonly SigningKey[] = [],
): (latest: SignedCheckpoint | undefined) => Promise<void> {
  const id = noteKeyId(origin, toVerificationKey(signer).publicKey, NOTE_ALGORITHM);
  let known = false;
  return async (latest) => {
    // A log only grows: what it names once it names for ever.
    if (known) return;
    const kids = await keysOnRecord(store);
    const isSigner =
      kids.log.size === 0
        ? latest === undefined || signersOf(latest.note).includes(id)
        : kids.log.has(signer.kid);
    if (!isSigner) throw unknownError('key_unknown', signer.kid);
    const foreign = packageKeys.find(({ kid }) => kids.package.size > 0 && !kids.package.has(kid));
    if (foreign) throw unknownError('package_key_unknown', foreign.kid);
    const named = packageKeys.length === 0 || kids.package.size > 0;
    known = (kids.log.size > 0 || latest !== undefined) && named;
  };
}
