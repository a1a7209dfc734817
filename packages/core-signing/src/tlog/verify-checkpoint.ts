import { SigningError } from '../error.js';
import { keyStanding } from '../keys/standing.js';
import { type Checkpoint, parseCheckpoint } from './checkpoint.js';
import { type NoteSignature, type OpenedNote, openNote } from './open-note.js';
import type { NoteVerifier } from './vkey.js';

/** A refusal and its reason code. */
export interface Refused<Reason extends string> {
  readonly ok: false;
  readonly reason: Reason;
}

/** The origin of a log and its trusted keys; both come from outside what is verified. */
export interface LogAnchor {
  readonly origin: string;
  /** Keys of the log, under its origin as name, and of witnesses. */
  readonly verifiers: readonly NoteVerifier[];
}

/** Why a signed checkpoint was refused. */
export type CheckpointRefusal =
  | 'note_malformed'
  | 'untrusted_key'
  | 'signature_invalid'
  | 'key_revoked'
  | 'key_retired'
  | 'checkpoint_malformed'
  | 'origin_mismatch';

/** A checkpoint that the log itself signed under the pinned origin. */
export interface VerifiedCheckpoint {
  readonly ok: true;
  readonly checkpoint: Checkpoint;
  /** The keys whose signatures count at this size: the log's first, then known witnesses. */
  readonly signers: readonly NoteSignature[];
}

/**
 * Verifies a signed checkpoint: every known signature, one of them the log's own under the pinned
 * origin by a key that was in good standing at this size, and the form of the text.
 *
 * A bad note is a value, never a throw.
 *
 * @throws {SigningError} `SIGNING_KEY_ROLE_CONFLICT` or `SIGNING_KEY_DUPLICATE` for contradictory
 * verifiers, as `openNote`.
 */
export async function verifyCheckpoint(
  note: string,
  { origin, verifiers }: LogAnchor,
): Promise<VerifiedCheckpoint | Refused<CheckpointRefusal>> {
  const opened = await open(note, verifiers);
  if ('reason' in opened) return opened;
  const checkpoint = attempt('SIGNING_CHECKPOINT_INVALID', () => parseCheckpoint(opened.body));
  if (SigningError.is(checkpoint)) return refuse('checkpoint_malformed');
  if (checkpoint.origin !== origin) return refuse('origin_mismatch');
  const found = [...opened.verified].sort((left, right) => left.type - right.type);
  const standings = new Map(
    verifiers.map(({ key }) => [key.kid, keyStanding(key, checkpoint.size)] as const),
  );
  const signers = found.filter(({ kid }) => standings.get(kid) === 'good');
  const isLog = ({ name, type }: NoteSignature): boolean => type === 0x01 && name === origin;
  if (signers.some(isLog)) return { ok: true, checkpoint, signers };
  const lapsed = found.filter(isLog).map(({ kid }) => standings.get(kid));
  if (lapsed.length === 0) return refuse('untrusted_key');
  return refuse(lapsed.includes('revoked') ? 'key_revoked' : 'key_retired');
}

export function refuse<Reason extends string>(reason: Reason): Refused<Reason> {
  return { ok: false, reason };
}

/** Returns the result, or a refusal if the error has this code; any other error is thrown. */
export function attempt<Result>(
  code: SigningError['code'],
  action: () => Result,
): Result | SigningError {
  try {
    return action();
  } catch (error) {
    if (SigningError.is(error) && error.code === code) return error;
    throw error;
  }
}

async function open(
  note: string,
  verifiers: readonly NoteVerifier[],
): Promise<OpenedNote | Refused<CheckpointRefusal>> {
  try {
    return await openNote(note, verifiers);
  } catch (error) {
    if (!SigningError.is(error) || error.code !== 'SIGNING_NOTE_INVALID') throw error;
    if (error.details.reason === 'no_known_signature') return refuse('untrusted_key');
    if (error.details.reason === 'bad_signature') return refuse('signature_invalid');
    return refuse('note_malformed');
  }
}
