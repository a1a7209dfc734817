import { parseJson, SigningError } from '@spanforge/core-signing';
import { Composer, type Document, type YAMLError } from 'yaml';
import { YamlError, type YamlProblemCode } from './error.js';
import { type Limits, resolveLimits, type YamlLimits } from './limits.js';
import { createLocate, type Locate } from './locate.js';
import { checkNodes, firstAlias } from './nodes.js';
import { openSource, type YamlFault, type YamlSource } from './source.js';
import { checkShape, findRefused, parseTokens } from './tokens.js';

/** The value of a text, and the position of each part of it. */
export interface PlainDocument {
  /** Plain data: null, booleans, finite numbers, strings, lists, and maps by string keys. */
  readonly value: unknown;
  readonly locate: Locate;
}

/**
 * Reads one YAML 1.2 document (core schema) as plain data. Every warning is an error.
 *
 * Refused: directives, tags, several documents, keys that are not strings, duplicate keys,
 * `__proto__`, numbers a double cannot hold, control characters, anything over a limit, and anchors
 * unless `maxAliases` allows some. A merge key `<<` is a key like any other. Limits are checked on
 * tokens, in linear time, before anything is composed.
 *
 * @throws {YamlError} with every problem found at the first step that finds one.
 * @throws {RangeError} for a limit that is not a non-negative integer.
 */
export function readYaml(text: string, limits: YamlLimits = {}): PlainDocument {
  const resolved = resolveLimits(limits);
  const source = openSource(text, resolved.maxBytes);
  const refused = findRefused(text, resolved);
  if (refused) throw source.refuse([refused]);
  const document = compose(source, resolved);
  const faults = [...document.errors, ...document.warnings].map(toFault);
  if (faults.length > 0) throw source.refuse(faults);
  if (document.contents === null) {
    throw source.refuse([{ code: 'YAML_EMPTY', message: 'nothing in this text', offset: 0 }]);
  }
  const odd = checkNodes(document);
  if (odd.length > 0) throw source.refuse(odd);
  return { value: toValue(document, source, resolved), locate: createLocate(document, source) };
}

/**
 * Reads JSON strictly (RFC 8259): no duplicate keys, no `__proto__`, no lone surrogates, no numbers
 * a double cannot hold, within the same limits as YAML.
 *
 * @throws {YamlError} with the first problem.
 * @throws {RangeError} for a limit that is not a non-negative integer.
 */
export function readJson(text: string, limits: YamlLimits = {}): PlainDocument {
  const resolved = resolveLimits(limits);
  const source = openSource(text, resolved.maxBytes);
  const { maxBytes, maxDepth } = resolved;
  try {
    const value = parseJson(text, { maxBytes, maxDepth, integers: 'safe' });
    // JSON is a subset of YAML; reading it as YAML gives the positions.
    const document = compose(source, resolved);
    const odd = checkNodes(document);
    if (odd.length > 0) throw source.refuse(odd);
    return { value, locate: createLocate(document, source) };
  } catch (cause) {
    if (!SigningError.is(cause)) throw cause;
    const { line, column } = cause.details;
    const code = JSON_CODES[cause.code] ?? 'YAML_SYNTAX';
    const at = { line: Number(line ?? 1), column: Number(column ?? 1) };
    throw new YamlError([{ code, message: phrase(cause.message), ...at }], { cause });
  }
}

const JSON_CODES: Readonly<Record<string, YamlProblemCode>> = {
  SIGNING_JSON_DUPLICATE_KEY: 'YAML_DUPLICATE_KEY',
  SIGNING_JSON_TOO_LARGE: 'YAML_TOO_LARGE',
  SIGNING_JSON_TOO_DEEP: 'YAML_TOO_DEEP',
  SIGNING_JSON_NUMBER: 'YAML_VALUE',
};

/** Tokens first, in linear time; nodes only from a text of bounded shape. */
function compose(source: YamlSource, limits: Limits): Document {
  const tokens = parseTokens(source.text);
  const fault = checkShape(tokens, limits);
  if (fault) throw source.refuse([fault]);
  const composer = new Composer({
    ...({ version: '1.2', schema: 'core', strict: true, merge: false } as const),
    prettyErrors: false,
    // The parser's own check compares every key with every other; `checkNodes` takes linear time.
    uniqueKeys: false,
  });
  const [document] = [...composer.compose(tokens, true, source.text.length)];
  if (document === undefined) throw new TypeError('no document was composed');
  return document;
}

function toFault({ message, pos }: YAMLError): YamlFault {
  return { code: 'YAML_SYNTAX', message: phrase(message), offset: pos[0] };
}

function toValue(document: Document, source: YamlSource, { maxAliases }: Limits): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases });
  } catch (cause) {
    const message = cause instanceof Error ? phrase(cause.message) : 'cannot be read';
    throw source.refuse([{ code: 'YAML_ALIAS', message, offset: firstAlias(document) }], cause);
  }
}

const phrase = (sentence: string): string =>
  sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
