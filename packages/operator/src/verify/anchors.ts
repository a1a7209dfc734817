import {
  createNoteVerifier,
  formatCheckpoint,
  importVerificationKey,
  limitKey,
  type NoteVerifier,
  parseJson,
  parseJwks,
  parseVkey,
  type VerificationKey,
  type WitnessPolicy,
} from '@spanforge/core-signing';
import { OperatorError } from '../error.js';

/** The trusted keys, from outside the package. */
export interface Anchors {
  /** Keys that may sign packages. */
  readonly packageKeys: readonly VerificationKey[];
  /** Keys of the log and of witnesses; empty when no log is trusted. */
  readonly noteVerifiers: readonly NoteVerifier[];
  /** Whose cosignatures the checkpoint needs. */
  readonly policy?: WitnessPolicy;
  /** The expected log; undefined when no log is trusted. */
  readonly origin: string | undefined;
}

const MAX_KEY_BYTES = 1_048_576;
const MAX_VKEY_LINES = 100;

function invalidError(reason: string, cause?: unknown): OperatorError {
  return new OperatorError('OPERATOR_ANCHOR_INVALID', `a trusted key cannot be used: ${reason}`, {
    details: { reason },
    cause,
  });
}

function readJwks(text: string): readonly VerificationKey[] {
  // The text begins with a brace, so it is an object if it is JSON at all.
  const value = parseJson(text, { maxBytes: MAX_KEY_BYTES }) as object;
  return 'keys' in value ? parseJwks(text) : [importVerificationKey(value)];
}

function readVkeys(text: string): readonly NoteVerifier[] {
  const lines = text.split('\n', MAX_VKEY_LINES + 1).map((line) => line.trim());
  // Lines beyond would be keys that are silently not trusted.
  if (lines.length > MAX_VKEY_LINES) throw invalidError('more than 100 lines of vkeys');
  return lines.filter((line) => line !== '').map(parseVkey);
}

/** The log that the vkeys name, when they all name the same one. */
function nameOfLog(vkeys: readonly NoteVerifier[]): string | undefined {
  const names = new Set(vkeys.filter(({ type }) => type === 0x01).map(({ name }) => name));
  if (names.size > 1) throw invalidError('keys of several logs, and no origin');
  return [...names][0];
}

function refuseTwoRoles(anchors: Anchors): void {
  const packageKids = new Set(anchors.packageKeys.map(({ kid }) => kid));
  if (anchors.noteVerifiers.some(({ key }) => packageKids.has(key.kid))) {
    throw invalidError('one key under two roles');
  }
}

/** The log that a key's copies name, if any. */
function originOf(key: VerificationKey, known: VerificationKey | undefined): string | undefined {
  const [one, other] = [key.origin, known?.origin];
  if (one !== undefined && other !== undefined && one !== other) {
    throw invalidError('one key of two logs');
  }
  return one ?? other;
}

/** Adds a key once, even when only one of two copies names its role or its log. */
function addKey(keys: Map<string, VerificationKey>, key: VerificationKey): void {
  const known = keys.get(key.kid);
  if (known?.role !== undefined && key.role !== undefined && known.role !== key.role) {
    throw invalidError('one key under two roles');
  }
  const kept = known === undefined || known.role === undefined ? key : known;
  const origin = originOf(key, known);
  const named = origin === undefined ? kept : { ...kept, origin };
  keys.set(key.kid, known ? limitKey(limitKey(named, known), key) : key);
}

/** Applies limits from a JWK to the same key given as vkey. */
function limited(vkey: NoteVerifier, keys: ReadonlyMap<string, VerificationKey>): NoteVerifier {
  const known = keys.get(vkey.key.kid);
  return known ? { ...vkey, key: limitKey(vkey.key, known) } : vkey;
}

/** The name of a log has the form of the first line of a checkpoint. */
function isOrigin(text: string): boolean {
  try {
    formatCheckpoint({ origin: text, size: 0, root: new Uint8Array(32) });
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads trusted keys: a vkey (or several, a line each), a JWK, or a JWK Set. A JWK with role `log`
 * is the key of the log `origin`, unless it names another log or a vkey says that it is another's; a JWK with role
 * `package`, or without a role, may sign packages; others are not used. Keys given twice count once.
 * Limits of a retired or revoked key in a JWK also apply to the same key given as vkey; the stricter
 * limits win.
 *
 * @param more Note keys that were read already.
 * @throws {OperatorError} `OPERATOR_ANCHOR_INVALID`; the cause says which rule a key broke.
 */
export function readAnchors(
  texts: readonly string[],
  origin: string | undefined,
  more: readonly NoteVerifier[] = [],
): Anchors {
  const keys = new Map<string, VerificationKey>();
  const vkeys = new Map(more.map((vkey) => [`${vkey.name}+${vkey.keyId}`, vkey] as const));
  try {
    for (const text of texts.map((one) => one.trim())) {
      if (text.startsWith('{')) for (const key of readJwks(text)) addKey(keys, key);
      else for (const vkey of readVkeys(text)) vkeys.set(`${vkey.name}+${vkey.keyId}`, vkey);
    }
  } catch (cause) {
    throw OperatorError.is(cause) ? cause : invalidError('not a JWK, a JWK Set or a vkey', cause);
  }
  if (origin !== undefined && !isOrigin(origin)) throw invalidError('the origin is no name');
  const log = origin ?? nameOfLog([...vkeys.values()]);
  // A vkey says whose key it is: where it is this log's, it is there already.
  const named = new Set(
    [...vkeys.values()].filter(({ type }) => type === 0x01).map(({ key }) => key.kid),
  );
  for (const key of keys.values()) {
    if (key.role !== 'log' || named.has(key.kid)) continue;
    if (log === undefined) throw invalidError('a log key without the origin of its log');
    if (key.origin !== undefined && key.origin !== log) continue;
    const vkey = createNoteVerifier(log, key);
    vkeys.set(`${vkey.name}+${vkey.keyId}`, vkey);
  }
  const noteVerifiers = [...vkeys.values()]
    .filter(({ type, name }) => type === 0x04 || name === log)
    .map((vkey) => limited(vkey, keys));
  if (vkeys.size > 0 && !noteVerifiers.some(({ type }) => type === 0x01)) {
    throw invalidError('no key of the log that is meant');
  }
  const packageKeys = [...keys.values()].filter(({ role = 'package' }) => role === 'package');
  const anchors = { packageKeys, noteVerifiers, origin: log };
  refuseTwoRoles(anchors);
  return anchors;
}
