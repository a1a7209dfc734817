import { toHex, utf8 } from '../bytes.js';
import { SigningError } from '../error.js';
import { cosignedMessage, decodeCosignature } from './cosignature.js';
import { noteError, parseNote, type SignatureLine } from './note-text.js';
import { type NoteKeyType, type NoteVerifier, noteKeyType } from './vkey.js';

/** A signature that verified. */
export interface NoteSignature {
  readonly name: string;
  /** Eight hexadecimal digits. */
  readonly keyId: string;
  /** RFC 7638 thumbprint of the key. */
  readonly kid: string;
  readonly type: NoteKeyType;
  /** The time at which a witness says it saw the checkpoint, in seconds since 1970; type 4 only. */
  readonly timestamp?: number;
}

/** A signed note of which at least one known signature verified, and none failed. */
export interface OpenedNote {
  readonly body: string;
  /** One per key, in the order of the note. */
  readonly verified: readonly NoteSignature[];
  /** Lines by keys that are not among the verifiers; they are ignored. */
  readonly unknown: readonly Pick<SignatureLine, 'name' | 'keyId'>[];
}

/**
 * Opens a note: a line counts if both its name and its key ID are those of a verifier; then it must
 * verify (C2SP signed-note).
 *
 * A key that signed twice counts once, but each of its lines must verify.
 *
 * @throws {SigningError} `SIGNING_NOTE_INVALID` with `details.reason`: `malformed`,
 * `too_many_signatures` (over 100), `bad_signature` when any known line fails, `no_known_signature`
 * when there is none; `SIGNING_KEY_ROLE_CONFLICT` for verifiers that use one key as log and witness
 * or as two witnesses; `SIGNING_KEY_DUPLICATE` for two keys with one name and ID.
 */
export async function openNote(
  text: string,
  verifiers: readonly NoteVerifier[],
): Promise<OpenedNote> {
  const known = indexVerifiers(verifiers);
  const { body, lines } = parseNote(text);
  const verified = new Map<string, NoteSignature>();
  const unknown: Pick<SignatureLine, 'name' | 'keyId'>[] = [];
  for (const line of lines) {
    const { name, keyId } = line;
    const verifier = known.get(idOf(line));
    if (verifier === undefined) {
      unknown.push({ name, keyId });
      continue;
    }
    const signature = await verifyLine(body, line, verifier);
    if (signature === undefined) throw noteError('bad_signature', { name });
    if (!verified.has(idOf(line))) verified.set(idOf(line), signature);
  }
  if (verified.size === 0) throw noteError('no_known_signature');
  return { body, verified: [...verified.values()], unknown };
}

async function verifyLine(
  body: string,
  { signature }: SignatureLine,
  { name, keyId, type, key }: NoteVerifier,
): Promise<NoteSignature | undefined> {
  const common = { name, keyId, kid: key.kid, type };
  if (type === 0x01) return (await key.verify(utf8(body), signature)) ? common : undefined;
  const cosignature = decodeCosignature(signature);
  if (cosignature === undefined) return undefined;
  const { timestamp } = cosignature;
  const valid = await key.verify(cosignedMessage(timestamp, body), cosignature.signature);
  return valid ? { ...common, timestamp } : undefined;
}

/** The verifiers by name and key ID, after checking that no two of them can be confused. */
function indexVerifiers(verifiers: readonly NoteVerifier[]): ReadonlyMap<string, NoteVerifier> {
  const byId = new Map<string, NoteVerifier>();
  const byKey = new Map<string, NoteVerifier>();
  for (const verifier of verifiers) {
    const publicKey = toHex(verifier.key.publicKey);
    const sameId = byId.get(idOf(verifier));
    if (sameId !== undefined && toHex(sameId.key.publicKey) !== publicKey) {
      throw refusedError('SIGNING_KEY_DUPLICATE', 'two keys have one name and key ID', verifier);
    }
    const sameKey = byKey.get(publicKey);
    if (noteKeyType(verifier.key) !== verifier.type || (sameKey && !mayShare(sameKey, verifier))) {
      throw refusedError('SIGNING_KEY_ROLE_CONFLICT', 'one key may serve one role only', verifier);
    }
    byId.set(idOf(verifier), verifier);
    byKey.set(publicKey, verifier);
  }
  return byId;
}

/** One log key may sign several logs; a cosignature does not name its witness, so no other may. */
function mayShare(left: NoteVerifier, right: NoteVerifier): boolean {
  return (left.type === 0x01 && right.type === 0x01) || idOf(left) === idOf(right);
}

function idOf({ name, keyId }: { readonly name: string; readonly keyId: string }): string {
  return `${name}+${keyId}`;
}

function refusedError(
  code: 'SIGNING_KEY_DUPLICATE' | 'SIGNING_KEY_ROLE_CONFLICT',
  message: string,
  { name, keyId }: NoteVerifier,
): SigningError {
  return new SigningError(code, message, { details: { name, key_id: keyId } });
}
