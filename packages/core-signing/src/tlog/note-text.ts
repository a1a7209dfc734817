import { concatBytes, fromBase64, fromHex, toBase64, toHex } from '../bytes.js';
import { SigningError } from '../error.js';
import { isName } from '../name.js';

/** The largest number of signature lines; C2SP asks verifiers to accept at least 16. */
export const MAX_SIGNATURES = 100;

const MAX_CHARACTERS = 1_000_000;
const KEY_ID_BYTES = 4;
const LINE = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/;

/** Why a note was refused, in `details.reason` of `SIGNING_NOTE_INVALID`. */
export type NoteProblem =
  | 'malformed'
  | 'too_many_signatures'
  | 'no_known_signature'
  | 'bad_signature';

/** One signature line, not verified. */
export interface SignatureLine {
  readonly name: string;
  /** Eight hexadecimal digits. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

/** The parts of a note, not verified. */
export interface NoteText {
  readonly body: string;
  readonly lines: readonly SignatureLine[];
}

/** One line of a note: em dash, name, base64 of key ID and signature (C2SP signed-note). */
export function formatSignature({ name, keyId, signature }: SignatureLine): string {
  return `— ${name} ${toBase64(concatBytes(fromHex(keyId), signature))}\n`;
}

/**
 * Splits a note at its last empty line and drops repeated signature lines.
 *
 * @throws {SigningError} `SIGNING_NOTE_INVALID` for anything that is not a signed note, and for more
 * than 100 signature lines.
 */
export function parseNote(text: string): NoteText {
  const blank = text.length <= MAX_CHARACTERS ? text.lastIndexOf('\n\n') : -1;
  if (blank < 0) throw noteError('malformed');
  const body = text.slice(0, blank + 1);
  assertBody(body);
  const lines = text.slice(blank + 2).split('\n', MAX_SIGNATURES + 2);
  if (lines.length > MAX_SIGNATURES + 1) throw noteError('too_many_signatures');
  if (lines.pop() !== '' || lines.length === 0) throw noteError('malformed');
  return { body, lines: [...new Set(lines)].map(parseSignature) };
}

/** @throws {SigningError} `SIGNING_NOTE_INVALID` for a text that cannot be signed as a note. */
export function assertBody(body: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  const refused = /[\u0000-\u0009\u000b-\u001f\p{Cs}]/u;
  if (body.endsWith('\n') && body.length <= MAX_CHARACTERS && !refused.test(body)) return;
  throw noteError('malformed');
}

export function noteError(reason: NoteProblem, details: { readonly name?: string } = {}) {
  const messages = {
    malformed: 'not a signed note',
    too_many_signatures: 'the note has too many signature lines',
    no_known_signature: 'no known key has signed the note',
    bad_signature: 'a signature by a known key does not verify',
  } as const;
  return new SigningError('SIGNING_NOTE_INVALID', messages[reason], {
    details: { reason, ...details },
  });
}

function parseSignature(line: string): SignatureLine {
  const [, name, encoded] = LINE.exec(line) ?? [];
  const bytes = encoded === undefined ? undefined : decode(encoded);
  if (!isName(name) || bytes === undefined || bytes.length <= KEY_ID_BYTES) {
    throw noteError('malformed');
  }
  return {
    name,
    keyId: toHex(bytes.subarray(0, KEY_ID_BYTES)),
    signature: bytes.slice(KEY_ID_BYTES),
  };
}

function decode(encoded: string): Uint8Array | undefined {
  try {
    return fromBase64(encoded);
  } catch (cause) {
    if (SigningError.is(cause)) return undefined;
    throw cause;
  }
}
