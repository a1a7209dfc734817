import { utf8 } from '../bytes.js';
import { SigningError } from '../error.js';
import { canonicalize } from '../json/canonicalize.js';
import { readMembers } from '../json/members.js';
import { type ParseJsonLimits, parseJson } from '../json/parse.js';
import type { JsonValue } from '../json/types.js';

const SHA256 = /^[0-9a-f]{64}$/;

/** The `_type` of every in-toto Statement v1. */
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
/** The DSSE payload type of in-toto statements. */
export const STATEMENT_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** The name and lower-case hexadecimal SHA-256 of a subject, such as a file. */
export interface StatementSubject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

/** An in-toto Statement v1 on the wire. */
export interface Statement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly StatementSubject[];
  readonly predicateType: string;
  readonly predicate: JsonValue;
}

/**
 * An in-toto Statement v1 about named digests.
 *
 * @throws {SigningError} `SIGNING_STATEMENT_INVALID` without subjects, for a name given twice, a
 * digest that is not 64 lower-case hexadecimal digits, or an empty predicate type.
 */
export function createStatement(options: {
  readonly subjects: readonly { readonly name: string; readonly sha256: string }[];
  readonly predicateType: string;
  readonly predicate: JsonValue;
}): Statement {
  const { predicateType, predicate } = options;
  const subject = options.subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } }));
  return checkStatement({ _type: STATEMENT_TYPE, subject, predicateType, predicate });
}

/** A statement as the canonical JSON bytes to sign. */
export function encodeStatement(statement: Statement): Uint8Array {
  return utf8(canonicalize(statement));
}

/**
 * Parses a statement that `createStatement` could have made.
 *
 * @throws {SigningError} `SIGNING_STATEMENT_INVALID`, also for unknown members and for digests
 * other than SHA-256; the `SIGNING_JSON_` codes of `parseJson`.
 */
export function parseStatement(
  input: string | Uint8Array,
  limits: ParseJsonLimits = {},
): Statement {
  const members = ['_type', 'subject', 'predicateType', 'predicate'];
  const read = readMembers(parseJson(input, limits), members);
  const subject = read?.('subject');
  if (read?.('_type') !== STATEMENT_TYPE) throw invalidError('type');
  if (!Array.isArray(subject)) throw invalidError('subject');
  return checkStatement({
    _type: STATEMENT_TYPE,
    subject: subject.map(parseSubject),
    predicateType: read('predicateType') as string,
    predicate: read('predicate') as JsonValue,
  });
}

function parseSubject(value: unknown): StatementSubject {
  const read = readMembers(value, ['name', 'digest']);
  const sha256 = readMembers(read?.('digest'), ['sha256'])?.('sha256');
  return { name: read?.('name') as string, digest: { sha256: sha256 as string } };
}

function checkStatement(statement: Statement): Statement {
  const { subject, predicateType } = statement;
  if (typeof predicateType !== 'string' || predicateType === '')
    throw invalidError('predicate type');
  const names = new Set<string>();
  for (const { name, digest } of subject) {
    if (typeof name !== 'string' || name === '' || names.has(name))
      throw invalidError('subject name');
    if (typeof digest.sha256 !== 'string' || !SHA256.test(digest.sha256))
      throw invalidError('digest');
    names.add(name);
  }
  if (names.size === 0) throw invalidError('no subject');
  return statement;
}

function invalidError(reason: string): SigningError {
  return new SigningError('SIGNING_STATEMENT_INVALID', `the statement is invalid: ${reason}`, {
    details: { reason },
  });
}
