import { parseJson, SigningError, utf8 } from '@spanforge/core-signing';
import { Composer, type Document, LineCounter, Parser, visit, type YAMLError } from 'yaml';
import {
  type BundleProblemCode,
  createProblems,
  type Locate,
  type Position,
  type Problems,
} from '../bundle/problem.js';
import { checkShape, MAX_BYTES } from './limits.js';
import { checkNodes, createLocate } from './nodes.js';

/** The value a text stands for, and where each part of it stands. */
export interface ReadText {
  readonly value: unknown;
  readonly locate: Locate;
}

/**
 * Reads YAML 1.2 (core schema) as JSON data, within bounds: one document, string keys, no
 * directives, no tags beyond the core ones, no merge keys, at most 100 aliases.
 *
 * @throws {PolicyError} `POLICY_BUNDLE_INVALID` with every fault of the text.
 */
export function readYaml(text: string, file: string | undefined): ReadText {
  const problems = createProblems(file, undefined);
  const { document, lines } = compose(text, problems);
  for (const fault of [...document.errors, ...document.warnings]) addFault(problems, fault, lines);
  problems.throwIfAny();
  checkNodes(document, lines, problems);
  problems.throwIfAny();
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return { value, locate: createLocate(document, text, lines) };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : 'cannot be read';
    fail(problems, 'POLICY_SYNTAX', message, firstAlias(document, lines));
  }
}

/** Only aliases can make values of a bounded text unbounded: the first one is the place to look at. */
function firstAlias(document: Document, lines: LineCounter): Position | undefined {
  let offset: number | undefined;
  visit(document, {
    Alias(_key, { range }) {
      offset = range?.[0];
      return visit.BREAK;
    },
  });
  if (offset === undefined) return undefined;
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/**
 * Reads JSON strictly (no duplicate keys, no lone surrogates); positions come from reading the
 * same text as YAML, of which JSON is a part.
 *
 * @throws {PolicyError} `POLICY_BUNDLE_INVALID`.
 */
export function readJson(text: string, file: string | undefined): ReadText {
  const problems = createProblems(file, undefined);
  try {
    const value = parseJson(text, { maxBytes: MAX_BYTES, integers: 'safe' });
    const { document, lines } = compose(text, problems);
    return { value, locate: createLocate(document, text, lines) };
  } catch (cause) {
    if (!SigningError.is(cause)) throw cause;
    fail(problems, JSON_CODES[cause.code] ?? 'POLICY_SYNTAX', cause.message, positionOf(cause));
  }
}

const JSON_CODES: Readonly<Record<string, BundleProblemCode>> = {
  SIGNING_JSON_DUPLICATE_KEY: 'POLICY_DUPLICATE_KEY',
  SIGNING_JSON_TOO_LARGE: 'POLICY_TOO_LARGE',
  SIGNING_JSON_NUMBER: 'POLICY_VALUE',
};

function positionOf({ details }: SigningError): Position | undefined {
  const { line, column } = details;
  return typeof line === 'number' && typeof column === 'number' ? { line, column } : undefined;
}

/** Tokens first, in linear time; values only from a text of bounded shape. */
function compose(
  text: string,
  problems: Problems,
): { readonly document: Document; readonly lines: LineCounter } {
  if (text.length > MAX_BYTES || utf8(text).length > MAX_BYTES) {
    fail(problems, 'POLICY_TOO_LARGE', `A bundle has at most ${MAX_BYTES} bytes.`);
  }
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const shape = checkShape(tokens);
  if (shape !== undefined) {
    const { line, col } = lines.linePos(shape.offset);
    fail(problems, 'POLICY_SYNTAX', shape.message, { line, column: col });
  }
  const composer = new Composer({ version: '1.2', schema: 'core', strict: true, merge: false });
  const [document] = [...composer.compose(tokens, true, text.length)];
  if (document === undefined) fail(problems, 'POLICY_SYNTAX', 'There is nothing in this text.');
  return { document, lines };
}

function addFault(problems: Problems, fault: YAMLError, lines: LineCounter): void {
  const { line, col } = lines.linePos(fault.pos[0]);
  const code = fault.code === 'DUPLICATE_KEY' ? 'POLICY_DUPLICATE_KEY' : 'POLICY_SYNTAX';
  problems.add(code, [], fault.message, { line, column: col });
}

function fail(
  problems: Problems,
  code: BundleProblemCode,
  message: string,
  position?: Position,
): never {
  problems.add(code, [], message, position);
  problems.throwIfAny();
  throw new Error('unreachable: a problem was added');
}
