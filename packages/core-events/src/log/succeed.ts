import {
  type NoteVerifier,
  openNote,
  parseCheckpoint,
  type SigningKey,
  toHex,
} from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import type { HighWaterMarkKeeper } from './high-water-mark.js';
import { openSignedLog, type SignedLog, type SignedLogOptions } from './signed-log.js';

/** Options of a successor log. */
export interface SucceedOptions extends Omit<SignedLogOptions, 'store' | 'opened'> {
  /** An empty store. */
  readonly store: SignedLogOptions['store'];
  readonly signer: SigningKey;
  /** An empty mark. */
  readonly mark: HighWaterMarkKeeper;
  /** The last good checkpoint of the log that ends: a signed note. */
  readonly predecessor: string;
  /** The key of the log that ends. */
  readonly predecessorKey: NoteVerifier;
  /** Why the old log can no longer be used, such as `rolled_back`. */
  readonly reason: string;
}

/**
 * Opens a successor: a new log whose first record names origin, size and root of the last good
 * checkpoint of its predecessor, so that verifiers can follow the chain. The new log has an origin of
 * its own; nothing of the old one is changed.
 *
 * @throws {EventsError} `EVENTS_OPTIONS_INVALID` when the store or the mark is not empty, or the
 *   origin is the predecessor's.
 * @throws {SigningError} `SIGNING_NOTE_INVALID`, `SIGNING_CHECKPOINT_INVALID` when the checkpoint is
 *   not one that the predecessor's key has signed.
 */
export async function succeedLog(options: SucceedOptions): Promise<SignedLog> {
  const { predecessor, predecessorKey, reason, ...rest } = options;
  const checkpoint = parseCheckpoint((await openNote(predecessor, [predecessorKey])).body);
  const fresh = (await rest.store.size()) === 0 && (await rest.mark.load()) === undefined;
  if (!fresh || checkpoint.origin === rest.origin) {
    throw new EventsError('EVENTS_OPTIONS_INVALID', 'a successor needs a store of its own', {
      details: { path: fresh ? '$.origin' : '$.store' },
    });
  }
  const opened = {
    predecessor: checkpoint.origin,
    predecessorSize: checkpoint.size,
    predecessorRoot: toHex(checkpoint.root),
    reason,
  };
  const log = await openSignedLog({ ...rest, opened });
  try {
    await log.checkpointer.checkpoint();
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}
