import { decodeBase64Url, encodeBase64Url, sha256Base64Url, textOfBase64Url } from '#platform';
import { fromBase64Url, fromUtf8 } from './bytes.js';
import { SigningError } from './error.js';
import { Given } from './given.js';
import { canonicalize } from './json/canonicalize.js';
import { type ParseJsonLimits, parseJson } from './json/parse.js';
import type { JsonValue } from './json/types.js';

const SALT_LENGTH = 16;

/** A value kept outside a record, which the record commits to by `digest`. */
export interface Disclosure {
  readonly name: string;
  /** The text that is stored, and handed to whoever may see the value. */
  readonly encoded: string;
  /** The digest in the record. */
  readonly digest: string;
}

/** The contents of a disclosure. */
export interface OpenedDisclosure {
  readonly salt: Uint8Array;
  readonly name: string;
  readonly value: JsonValue;
  readonly digest: string;
}

/**
 * Attaches the canonical text of the value to a disclosure that was made here, where no other code
 * can write it. A `WeakMap` does the same at five times the cost, most of it in the garbage
 * collector.
 */
class OwnText extends Given {
  readonly #text: string;

  /** Must run before the disclosure is frozen. */
  constructor(disclosure: Disclosure, text: string) {
    super(disclosure);
    this.#text = text;
  }

  static of(disclosure: Disclosure): string | undefined {
    return #text in disclosure ? disclosure.#text : undefined;
  }
}

/**
 * The canonical JSON text of the value of a disclosure that this process made; undefined for any
 * other, which must be opened and compared with its digest.
 */
export function textOfDisclosure(disclosure: Disclosure): string | undefined {
  const isObject = typeof disclosure === 'object' && disclosure !== null;
  return isObject ? OwnText.of(disclosure) : undefined;
}

/**
 * Commits to a value (RFC 9901, section 4.2.1): `encoded` is the base64url of the canonical JSON
 * array of salt, name and value, `digest` the base64url SHA-256 of `encoded`.
 *
 * The salt must be 16 fresh random bytes: if it is reused or guessed, equal digests reveal
 * guessable values.
 *
 * @throws {SigningError} `SIGNING_DISCLOSURE_INVALID` for a salt that has not 16 bytes, or all
 * equal ones, or an empty name; the `SIGNING_JSON_` codes of `canonicalize`.
 */
export function createDisclosure(options: {
  readonly name: string;
  readonly value: unknown;
  readonly salt: Uint8Array;
}): Disclosure {
  const { name, value, salt } = options;
  return discloseCanonical({ name, text: canonicalize(value), salt });
}

const PLAIN_NAME = /^[A-Za-z0-9_.-]+$/;

/** Most names are plain words, which need only quotes. */
function quoteName(name: string): string {
  return PLAIN_NAME.test(name) ? `"${name}"` : canonicalize(name);
}

/**
 * {@link createDisclosure} for a value whose canonical JSON text is already known. The text is not
 * checked: any text that `canonicalize` did not write makes a disclosure that cannot be opened.
 *
 * @throws {SigningError} `SIGNING_DISCLOSURE_INVALID` as `createDisclosure` does.
 */
export function discloseCanonical(options: {
  readonly name: string;
  readonly text: string;
  readonly salt: Uint8Array;
}): Disclosure {
  const { name, text, salt } = options;
  if (salt.length !== SALT_LENGTH) throw invalidError('salt length');
  if (isUniform(salt)) throw invalidError('salt not random');
  if (name === '') throw invalidError('name');
  // Canonical text is well-formed, and so is a salt.
  const encoded = encodeBase64Url(`["${encodeBase64Url(salt)}",${quoteName(name)},${text}]`);
  const disclosure: Disclosure = { name, encoded, digest: digestOf(encoded) };
  new OwnText(disclosure, text);
  return Object.freeze(disclosure);
}

function isUniform(bytes: Uint8Array): boolean {
  for (let at = 1; at < bytes.length; at += 1) if (bytes[at] !== bytes[0]) return false;
  return true;
}

/**
 * Parses a disclosure and computes the digest that a record must contain for the disclosure to
 * count.
 *
 * @throws {SigningError} `SIGNING_DISCLOSURE_INVALID` for anything but the base64url of a JSON
 * array of a 16-byte salt, a name and a value.
 */
export function openDisclosure(encoded: string, limits: ParseJsonLimits = {}): OpenedDisclosure {
  const parts = decode(encoded, limits);
  if (!Array.isArray(parts) || parts.length !== 3) throw invalidError('not three parts');
  const [saltText, name, value] = parts as [JsonValue, JsonValue, JsonValue];
  if (typeof name !== 'string' || name === '') throw invalidError('name');
  const salt = typeof saltText === 'string' ? decodeSalt(saltText) : undefined;
  if (salt?.length !== SALT_LENGTH) throw invalidError('salt length');
  return { salt, name, value, digest: digestOf(encoded) };
}

/**
 * The parts of a disclosure whose digest is the one in a record, as `JSON.parse` reads them. Only
 * text with the right digest is parsed. Undefined for any other text, and for text that is not
 * base64url of JSON.
 *
 * @param parse Another parser of JSON, such as one for many texts.
 */
export function committedParts(
  encoded: string,
  digest: string,
  parse: (text: string) => unknown = JSON.parse,
): unknown {
  try {
    if (digestOf(encoded) !== digest) return undefined;
    const text = textOfBase64Url(encoded);
    return text === undefined ? undefined : parse(text);
  } catch {
    return undefined;
  }
}

/** Bytes of `["` and a salt as base64url: the next is the first of a group of four characters. */
const SALT_BYTES = 24;
const SALT_CHARACTERS = (SALT_BYTES / 3) * 4;

/** What `["` is written as, up to the bits of the salt in its last character. */
const OPENING = /^Wy[I-L]/;

/** What stands behind the salt for a name: whole groups of characters, and then some bytes. */
interface NameText {
  readonly groups: string;
  readonly rest: string;
  /** Groups that were seen to begin with those bytes. */
  readonly heads: Set<string>;
}

const MOST_NAMES = 256;
const MOST_HEADS = 256;
const nameTexts = new Map<string, NameText>();

/** Undefined for a name that is no plain word. */
function nameTextOf(name: string): NameText | undefined {
  const known = nameTexts.get(name);
  if (known || !PLAIN_NAME.test(name)) return known;
  const text = `",${quoteName(name)},`;
  const whole = text.length - (text.length % 3);
  const made = {
    groups: encodeBase64Url(text.slice(0, whole)),
    rest: text.slice(whole),
    heads: new Set<string>(),
  };
  if (nameTexts.size >= MOST_NAMES) nameTexts.clear();
  nameTexts.set(name, made);
  return made;
}

/**
 * True if a record commits to a disclosure by its digest, under its name; does not read the value.
 * Also `false` if the name is written in another way than `createDisclosure` does: `openDisclosure`
 * accepts that.
 */
export function matchesDisclosure({ name, encoded, digest }: Disclosure): boolean {
  if (typeof encoded !== 'string' || digestOf(encoded) !== digest) return false;
  const text = nameTextOf(name);
  if (!text || !OPENING.test(encoded) || !encoded.startsWith(text.groups, SALT_CHARACTERS)) {
    return false;
  }
  const from = SALT_CHARACTERS + text.groups.length;
  if (text.rest === '') return true;
  const head = encoded.slice(from, from + 4);
  if (text.heads.has(head)) return true;
  if (!decodeHead(head).startsWith(text.rest)) return false;
  if (text.heads.size < MOST_HEADS) text.heads.add(head);
  return true;
}

function decodeHead(head: string): string {
  return String.fromCharCode(...(decodeBase64Url(head) ?? []));
}

function decode(encoded: string, limits: ParseJsonLimits): JsonValue {
  try {
    return parseJson(fromUtf8(fromBase64Url(encoded)), limits);
  } catch (cause) {
    throw invalidError('not base64url of JSON', cause);
  }
}

function decodeSalt(text: string): Uint8Array | undefined {
  try {
    return fromBase64Url(text);
  } catch {
    return undefined;
  }
}

function digestOf(encoded: string): string {
  return sha256Base64Url(encoded);
}

function invalidError(reason: string, cause?: unknown): SigningError {
  return new SigningError('SIGNING_DISCLOSURE_INVALID', `the disclosure is invalid: ${reason}`, {
    details: { reason },
    cause,
  });
}
