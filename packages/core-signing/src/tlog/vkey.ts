import { concatBytes, fromBase64, fromBase64Url, toBase64, toHex, utf8 } from '../bytes.js';
import { sha256 } from '../digest.js';
import { SigningError, type SigningErrorDetails } from '../error.js';
import { importRawVerificationKey } from '../keys/import.js';
import type { KeyAlgorithm, KeyRole, PublicJwk, VerificationKey } from '../keys/types.js';
import { isName } from '../name.js';

/** How a note is signed: 1 is Ed25519 by a log, 4 a timestamped cosignature by a witness. */
export type NoteKeyType = 0x01 | 0x04;

/** A key that is trusted to sign notes under a name. */
export interface NoteVerifier {
  readonly name: string;
  /** Eight hexadecimal digits. */
  readonly keyId: string;
  readonly type: NoteKeyType;
  readonly key: VerificationKey;
}

const ROLES = { 1: 'log', 4: 'witness' } as const satisfies Record<NoteKeyType, KeyRole>;

/**
 * The key ID of a note key: the first four bytes, in hexadecimal, of SHA-256(name || 0x0A || type ||
 * public key) (C2SP signed-note).
 */
export function noteKeyId(name: string, publicKey: Uint8Array, type: NoteKeyType = 0x01): string {
  const id = sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(type), publicKey));
  return toHex(id.subarray(0, 4));
}

/**
 * The text of a note key, `name+keyid+base64(type || public key)`: type 4 for a key with the role
 * `witness`, type 1 for one with the role `log` or none.
 *
 * @throws {SigningError} `SIGNING_VKEY_INVALID` for a name that is empty or has white space or a
 * plus, for a key that is not Ed25519, and for one with another role.
 */
export function formatVkey(name: string, key: NoteKey): string {
  const type = noteKeyType(key);
  const publicKey = notePublicKey(name, key);
  const material = toBase64(concatBytes(Uint8Array.of(type), publicKey));
  return `${name}+${noteKeyId(name, publicKey, type)}+${material}`;
}

/**
 * Reads the text of a note key of type 1 (role `log`) or 4 (role `witness`).
 *
 * @throws {SigningError} `SIGNING_VKEY_INVALID` for another form or type, a key ID that is not that
 * of the key, or a public key that is refused (`cause`), such as a point of small order.
 */
export function parseVkey(text: string): NoteVerifier {
  const [, name, keyId, encoded] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(text) ?? [];
  if (!isName(name) || encoded === undefined) throw invalidError('form');
  const material = decode(encoded);
  const type = material[0];
  if (type !== 0x01 && type !== 0x04) throw invalidError('type');
  const publicKey = material.subarray(1);
  if (noteKeyId(name, publicKey, type) !== keyId) throw invalidError('key_id');
  return { name, keyId, type, key: importKey(publicKey, ROLES[type]) };
}

/**
 * Makes a note verifier of a public key, its type by the key's role as in `formatVkey`.
 *
 * @throws {SigningError} `SIGNING_VKEY_INVALID` as `formatVkey`.
 */
export function createNoteVerifier(name: string, key: VerificationKey): NoteVerifier {
  const type = noteKeyType(key);
  return { name, keyId: noteKeyId(name, notePublicKey(name, key), type), type, key };
}

/** The members that signing and verifying keys share. */
export interface NoteKey {
  readonly alg: KeyAlgorithm;
  readonly role?: KeyRole;
  readonly publicJwk: PublicJwk;
}

/** The kind of note signature a key makes, by its role. */
export function noteKeyType({ role = 'log' }: NoteKey): NoteKeyType {
  if (role === 'log') return 0x01;
  if (role === 'witness') return 0x04;
  throw invalidError('role', { role });
}

/** The 32 bytes of the public key, after checking that name and key can be used for notes. */
export function notePublicKey(name: string, { publicJwk }: NoteKey): Uint8Array {
  if (!isName(name)) throw invalidError('name');
  if (publicJwk.kty !== 'OKP') throw invalidError('algorithm');
  return fromBase64Url(publicJwk.x);
}

function decode(encoded: string): Uint8Array {
  try {
    return fromBase64(encoded);
  } catch (cause) {
    throw invalidError('form', {}, cause);
  }
}

function importKey(publicKey: Uint8Array, role: KeyRole): VerificationKey {
  try {
    return importRawVerificationKey('Ed25519', publicKey, role);
  } catch (cause) {
    throw invalidError('public_key', {}, cause);
  }
}

function invalidError(
  reason: string,
  details: SigningErrorDetails = {},
  cause?: unknown,
): SigningError {
  return new SigningError('SIGNING_VKEY_INVALID', 'not a key for signed notes', {
    details: { reason, ...details },
    ...(cause === undefined ? {} : { cause }),
  });
}
