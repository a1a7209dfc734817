import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import {
  checkPlainEvent,
  MAX_EVENT_BYTES,
  MAX_PAYLOAD_DEPTH,
  REGISTERED_EVENT_TYPES,
} from '@spanforge/core-events';
import {
  canonicalize,
  parseJson,
  SigningError,
  sha256,
  toHex,
  utf8,
} from '@spanforge/core-signing';
import { z } from 'zod';
import { GateError } from '../error.js';
import type {
  Assessment,
  ExecutorInput,
  GateExecutor,
  GateFacts,
  GatheredFacts,
} from '../executor.js';
import { insideRoot } from '../files/inside.js';
import { openRegular } from '../files/open-regular.js';
import type { GateFinding } from '../model/finding.js';
import { firstPart } from '../pipeline/first-part.js';
import { fingerprintOf } from '../suppress/book.js';
import { failure } from '../verdict/conclude.js';
import { type JsonSplitter, splitDocument, splitLines } from './split-json.js';

const MAX_LISTED = 1000;
/** Most characters of one value: an event of 1 MiB may be written with escapes. */
const MAX_LENGTH = MAX_EVENT_BYTES * 6;
/** Files that are read when none is named. */
const DEFAULT_FILES = ['events.jsonl', 'events.json'];

const options = z.strictObject({
  /** Event types of the host, in addition to the registered ones. */
  event_types: z.array(z.string().min(1)).max(10_000).default([]),
});

/** `a.b[0]`: a path without the leading `$`. */
const formatPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number'
        ? `${text}[${part}]`
        : `${text}.${/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(String(part)) ? String(part) : '*'}`,
    '$',
  );

interface Tally {
  events: number;
  invalid: number;
  violations: number;
  readonly listed: GateFinding[];
  readonly types: ReadonlySet<string>;
  readonly file: string;
}

function add(tally: Tally, line: number, path: string, rule: string, expectation: string): void {
  tally.violations += 1;
  if (tally.listed.length >= MAX_LISTED) return;
  tally.listed.push({
    ...{ rule: `schema.${rule}`, severity: 'high', message: `${path}: ${expectation}` },
    ...{ file: tally.file, line, engines: ['builtin'] },
    fingerprint: fingerprintOf(`schema.${rule}`, `${tally.file} ${path} ${expectation}`),
  });
}

const REFUSED: Readonly<Record<string, string>> = {
  SIGNING_JSON_TOO_DEEP: `expected a payload nested at most ${MAX_PAYLOAD_DEPTH} deep`,
  SIGNING_JSON_TOO_LARGE: `expected at most ${MAX_EVENT_BYTES} bytes`,
  SIGNING_JSON_NUMBER: 'expected a finite number; integers up to 2^53-1',
  SIGNING_JSON_DUPLICATE_KEY: 'a member comes twice',
};

/** Adds the violations of one event, given as text, to the tally. */
function checkText(tally: Tally, line: number, text: string | undefined): void {
  tally.events += 1;
  const before = tally.violations;
  try {
    if (text === undefined) throw new SigningError('SIGNING_JSON_TOO_LARGE', 'too large');
    const value = parseJson(text, {
      ...{ maxBytes: MAX_LENGTH * 4, maxDepth: MAX_PAYLOAD_DEPTH + 1, integers: 'safe' },
    });
    checkValue(tally, line, value);
  } catch (error) {
    if (!SigningError.is(error)) throw error;
    const limit = REFUSED[error.code];
    const at = Number(error.details.line ?? 1) + line - 1;
    add(tally, at, '$', limit === undefined ? 'syntax' : 'limit', limit ?? 'expected JSON');
  }
  if (tally.violations > before) tally.invalid += 1;
}

function checkValue(tally: Tally, line: number, value: unknown): void {
  if (utf8(canonicalize(value)).length > MAX_EVENT_BYTES) {
    add(tally, line, '$', 'limit', `expected at most ${MAX_EVENT_BYTES} bytes`);
  }
  for (const { path, rule, expectation } of checkPlainEvent(value, 'bare_payload')) {
    add(tally, line, formatPath(path), rule, expectation);
  }
  const type =
    typeof value === 'object' && value !== null ? Reflect.get(value, 'event_type') : undefined;
  if (typeof type === 'string' && !tally.types.has(type)) {
    add(tally, line, '$.event_type', 'registered', 'expected a registered event type');
  }
}

async function findInput({ gate, services, payload }: ExecutorInput): Promise<string> {
  const named = typeof payload === 'string' ? payload : firstPart(gate.command);
  if (named !== undefined) return named;
  for (const name of DEFAULT_FILES) {
    const stat = await lstat(insideRoot(services.root, name)).catch(() => undefined);
    if (stat?.isFile()) return name;
  }
  throw new GateError(
    'GATE_INPUT_UNREADABLE',
    'no events to validate: give --payload, a file as command, or events.jsonl',
  );
}

async function checkFile(input: ExecutorInput, tally: Tally, path: string): Promise<string> {
  const handle = await openRegular(path);
  const hash = createHash('sha256');
  const splitter: JsonSplitter = path.toLowerCase().endsWith('.json')
    ? splitDocument(MAX_LENGTH)
    : splitLines(MAX_LENGTH);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of handle.createReadStream({ autoClose: false })) {
      input.signal.throwIfAborted();
      hash.update(chunk as Uint8Array);
      for (const { line, text } of splitter.push(
        decoder.decode(chunk as Uint8Array, { stream: true }),
      )) {
        checkText(tally, line, text);
      }
    }
    for (const { line, text } of splitter.push(decoder.decode())) checkText(tally, line, text);
    for (const { line, text } of splitter.end()) checkText(tally, line, text);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new GateError('GATE_INPUT_INVALID', `${tally.file}: not UTF-8`, { cause });
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

async function gather(input: ExecutorInput): Promise<GatheredFacts> {
  const { event_types: more } = options.parse(input.gate.with);
  const { payload } = input;
  const inline = payload !== undefined && typeof payload !== 'string';
  const file = inline ? 'payload' : await findInput(input);
  const tally: Tally = {
    ...{ events: 0, invalid: 0, violations: 0, listed: [], file },
    types: new Set([...REGISTERED_EVENT_TYPES, ...more]),
  };
  let digest: string;
  if (inline) {
    const values = Array.isArray(payload) ? payload : [payload];
    const texts = values.map((value) => canonicalize(value));
    for (const [index, text] of texts.entries()) checkText(tally, index + 1, text);
    digest = toHex(sha256(utf8(texts.join('\n'))));
  } else {
    // A path from the caller may be anywhere; a path from a pipeline must be below the working
    // folder.
    const given = typeof payload === 'string';
    const path = given ? file : insideRoot(input.services.root, file);
    digest = await checkFile(input, tally, path);
  }
  const { events, invalid, violations, listed } = tally;
  const shown = listed.slice(0, 100).map(({ line, message }) => `line ${line}: ${message}`);
  return {
    facts: { events, invalid_events: invalid, violations, listed: shown },
    findings: listed,
    findingCount: violations,
    engines: [{ name: 'builtin', kind: 'builtin', version: '2.0', findings: violations }],
    inputs: [{ name: inline ? 'payload' : file, sha256: digest }],
  };
}

function judge(facts: GateFacts): Assessment {
  const { events, invalid_events: invalid, violations, listed } = factsSchema.parse(facts);
  if (events === 0) return failure('nothing_scanned', 'there is no event in the input');
  const metrics = {
    ...{ valid: violations === 0, violations: listed, violation_count: violations },
    ...{ events, invalid_events: invalid },
  };
  const result = violations === 0 ? 'pass' : 'fail';
  const reason =
    violations === 0
      ? `${events} events are valid`
      : `${violations} violations in ${invalid} of ${events} events`;
  return {
    result,
    firm: false,
    reasonCode: `schema_${violations === 0 ? 'valid' : 'invalid'}`,
    reason,
    metrics,
  };
}

const count = z.int().min(0);
const factsSchema = z.strictObject({
  events: count,
  invalid_events: count,
  violations: count,
  listed: z.array(z.string()),
});

/** `schema_validation`: checks events and bare payloads against the published schema. */
export const schemaValidation: GateExecutor = {
  type: 'schema_validation',
  metrics: {
    ...{ valid: 'boolean', violations: 'strings', violation_count: 'number' },
    ...{ events: 'number', invalid_events: 'number' },
  },
  options,
  gather,
  judge,
};
