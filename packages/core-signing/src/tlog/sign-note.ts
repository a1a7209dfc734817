import { utf8 } from '../bytes.js';
import { SigningError } from '../error.js';
import type { SigningKey } from '../keys/types.js';
import { parseCheckpoint } from './checkpoint.js';
import { cosignedMessage, encodeCosignature } from './cosignature.js';
import { assertBody, formatSignature, parseNote } from './note-text.js';
import { type NoteKeyType, noteKeyId, noteKeyType, notePublicKey } from './vkey.js';

/** A private key and the name under which it signs; for a log, the name is the origin. */
export interface NoteSigner {
  readonly name: string;
  readonly key: SigningKey;
}

/**
 * Signs a text as a note, one line per signer in the order given (C2SP signed-note).
 *
 * Signs any text: the caller must make sure that no two checkpoints contradict each other.
 *
 * @throws {SigningError} `SIGNING_NOTE_INVALID` for a body that does not end in a newline, has
 * control characters or lone surrogates, or without signers; `SIGNING_VKEY_INVALID` for a name that
 * cannot be a key name or a key that is not Ed25519; `SIGNING_KEY_ROLE_CONFLICT` for a key whose role
 * is not `log`.
 */
export async function signNote(body: string, signers: readonly NoteSigner[]): Promise<string> {
  assertBody(body);
  if (signers.length === 0) {
    throw new SigningError('SIGNING_NOTE_INVALID', 'a note needs a signer', {
      details: { reason: 'no_signer' },
    });
  }
  const lines = signers.map(async (signer) => {
    const keyId = keyIdOf(signer, 0x01);
    const signature = await signer.key.sign(utf8(body));
    return formatSignature({ name: signer.name, keyId, signature });
  });
  return `${body}\n${(await Promise.all(lines)).join('')}`;
}

/**
 * Adds a witness's line to a signed checkpoint (C2SP tlog-cosignature, cosignature/v1).
 *
 * `timestamp` is in seconds since 1970. Neither the other signatures nor consistency are checked
 * here: a witness does both first.
 *
 * @throws {SigningError} `SIGNING_NOTE_INVALID` for an invalid note or an impossible time,
 * `SIGNING_CHECKPOINT_INVALID` for a note that is no checkpoint, `SIGNING_VKEY_INVALID` as
 * `signNote`, `SIGNING_KEY_ROLE_CONFLICT` for a key whose role is not `witness`.
 */
export async function cosignCheckpoint(
  note: string,
  signer: NoteSigner & { readonly timestamp: number },
): Promise<string> {
  const { body } = parseNote(note);
  parseCheckpoint(body);
  const { name, key, timestamp } = signer;
  const keyId = keyIdOf(signer, 0x04);
  const signature = await key.sign(cosignedMessage(timestamp, body));
  return (
    note + formatSignature({ name, keyId, signature: encodeCosignature({ timestamp, signature }) })
  );
}

function keyIdOf({ name, key }: NoteSigner, type: NoteKeyType): string {
  const publicKey = notePublicKey(name, key);
  if (noteKeyType(key) === type) return noteKeyId(name, publicKey, type);
  throw new SigningError('SIGNING_KEY_ROLE_CONFLICT', 'the key has another role', {
    details: { role: key.role },
  });
}
