import { isProxy } from '#platform';
import { SigningError, type SigningErrorCode } from '../error.js';
import { formatPath } from './path.js';
import { isPlainArray, isPlainObject } from './plain.js';
import { rawNumberToken } from './raw-number.js';
import { DEFAULT_MAX_DEPTH, type JsonLimits } from './types.js';

const DEFAULT_MAX_LENGTH = 67_108_864;
/**
 * Quote, backslash, control characters and surrogates: a string without these needs no escaping.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what it looks for
const NEEDS_CARE = /["\\\u0000-\u001f\ud800-\udfff]/;

/** Limits of `canonicalize`. */
export interface CanonicalizeLimits extends JsonLimits {
  /** Largest output in UTF-16 code units; default 67,108,864. */
  readonly maxLength?: number;
}

interface Walk {
  readonly maxDepth: number;
  readonly maxLength: number;
  readonly safeIntegers: boolean;
  readonly omit: string | undefined;
  /** The path in the value; entries beyond `depth` are stale. */
  readonly path: (string | number)[];
  depth: number;
}

/**
 * The canonical JSON text of plain data (RFC 8785): sorted keys, no white space, one spelling.
 *
 * Takes strings, finite numbers, booleans, null, and plain arrays and objects of them, and refuses
 * everything else rather than guess. Reads each property once and never runs a getter or `toJSON`.
 * Array holes, symbol keys and hidden properties are refused; an own key `__proto__` is a key like
 * any other. In Node a proxy is refused too; a browser cannot tell one, and reads it once.
 *
 * @throws {SigningError} `SIGNING_JSON_UNSUPPORTED` for what is not plain data,
 * `SIGNING_JSON_NUMBER` for NaN, infinities and (with `integers: 'safe'`) unsafe integers,
 * `SIGNING_JSON_TOO_DEEP` beyond `maxDepth`, cycles included, `SIGNING_JSON_TOO_LARGE` beyond
 * `maxLength`; `details.path` says where.
 */
export function canonicalize(value: unknown, limits: CanonicalizeLimits = {}): string {
  if (typeof value === 'string' && !NEEDS_CARE.test(value)) return `"${value}"`;
  return canonicalizeWithout(value, undefined, limits);
}

/** `canonicalize`, leaving out one member of the outermost object. */
export function canonicalizeWithout(
  value: unknown,
  omit: string | undefined,
  limits: CanonicalizeLimits = {},
): string {
  const walk: Walk = {
    maxDepth: limits.maxDepth ?? DEFAULT_MAX_DEPTH,
    maxLength: limits.maxLength ?? DEFAULT_MAX_LENGTH,
    safeIntegers: limits.integers === 'safe',
    omit,
    path: [],
    depth: 0,
  };
  try {
    return valueText(value, walk);
  } catch (cause) {
    if (SigningError.is(cause)) throw cause;
    throw new SigningError('SIGNING_JSON_UNSUPPORTED', 'the value cannot be read', {
      details: { path: '$', kind: 'unreadable' },
      cause,
    });
  }
}

function valueText(value: unknown, walk: Walk): string {
  switch (typeof value) {
    case 'string':
      return stringText(value, walk);
    case 'number':
      return numberText(value, walk);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : containerText(value, walk);
    default:
      return throwUnsupported(walk, typeof value);
  }
}

function stringText(text: string, walk: Walk): string {
  if (!NEEDS_CARE.test(text)) return `"${text}"`;
  return text.isWellFormed() ? JSON.stringify(text) : throwUnsupported(walk, 'lone surrogate');
}

function numberText(value: number, walk: Walk): string {
  if (!Number.isFinite(value)) return throwRefused('SIGNING_JSON_NUMBER', walk, 'not finite');
  if (walk.safeIntegers && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return throwRefused('SIGNING_JSON_NUMBER', walk, 'integer beyond 2^53-1');
  }
  return String(value);
}

function containerText(value: object, walk: Walk): string {
  if (walk.depth >= walk.maxDepth) return throwRefused('SIGNING_JSON_TOO_DEEP', walk, 'nesting');
  if (isProxy(value)) return throwUnsupported(walk, 'proxy');
  return Array.isArray(value) ? arrayText(value, walk) : objectText(value, walk);
}

function arrayText(array: readonly unknown[], walk: Walk): string {
  if (!isPlainArray(array)) return throwUnsupported(walk, 'class instance');
  const { length } = array;
  // The own names of an array are its indexes and `length`; holes are found while reading the
  // elements.
  if (Object.getOwnPropertyNames(array).length > length + 1 || hasSymbols(array)) {
    return throwUnsupported(walk, 'array with named properties');
  }
  const { depth } = walk;
  walk.depth = depth + 1;
  let text = '[';
  for (let index = 0; index < length; index += 1) {
    walk.path[depth] = index;
    if (index > 0) text += ',';
    text += valueText(read(array, index, walk), walk);
    if (text.length > walk.maxLength) return throwRefused('SIGNING_JSON_TOO_LARGE', walk, 'length');
  }
  walk.depth = depth;
  return `${text}]`;
}

function objectText(object: object, walk: Walk): string {
  if (hasSymbols(object)) return rawNumberToken(object) ?? throwUnsupported(walk, 'symbol key');
  if (!isPlainObject(object)) return throwUnsupported(walk, 'class instance');
  const keys = Object.getOwnPropertyNames(object);
  if (!isSorted(keys)) keys.sort();
  const { depth } = walk;
  walk.depth = depth + 1;
  let text = '{';
  for (const key of keys) {
    if (depth === 0 && key === walk.omit) continue;
    walk.path[depth] = key;
    if (text.length > 1) text += ',';
    text += keyText(key, walk);
    text += valueText(read(object, key, walk), walk);
    if (text.length > walk.maxLength) return throwRefused('SIGNING_JSON_TOO_LARGE', walk, 'length');
  }
  walk.depth = depth;
  return `${text}}`;
}

/** A short word, as most keys are: it needs only quotes, and is put together once. */
const PLAIN_KEY = /^[a-z]\w{0,31}$/i;
const MOST_KEYS = 512;
const keyTexts = new Map<string, string>();

/** A key and its colon. */
function keyText(key: string, walk: Walk): string {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = `${stringText(key, walk)}:`;
  if (keyTexts.size < MOST_KEYS && PLAIN_KEY.test(key)) keyTexts.set(key, text);
  return text;
}

/** Reads an own data property; a getter is refused and not run. */
function read(owner: object, key: string | number, walk: Walk): unknown {
  const property = Object.getOwnPropertyDescriptor(owner, key);
  if (property === undefined) return throwUnsupported(walk, 'array hole');
  if (property.get !== undefined || property.set !== undefined)
    return throwUnsupported(walk, 'accessor');
  if (property.enumerable !== true) return throwUnsupported(walk, 'hidden property');
  return property.value;
}

/** Whether keys are in order, by UTF-16 code units as in RFC 8785 section 3.2.3 and `sort`. */
function isSorted(keys: readonly string[]): boolean {
  for (let at = 1; at < keys.length; at += 1) {
    if ((keys[at] as string) < (keys[at - 1] as string)) return false;
  }
  return true;
}

function hasSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).length > 0;
}

function throwUnsupported(walk: Walk, kind: string): never {
  return throwRefused('SIGNING_JSON_UNSUPPORTED', walk, kind);
}

function throwRefused(code: SigningErrorCode, walk: Walk, kind: string): never {
  const path = formatPath(walk.path.slice(0, walk.depth));
  throw new SigningError(code, `the value has no canonical JSON form at ${path}: ${kind}`, {
    details: { path, kind },
  });
}
