import type { JsonValue } from '@spanforge/core-signing';
import { z } from 'zod';
import { EventsError } from '../error.js';
import type { RecordJoin } from '../evidence.js';
import { ULID } from '../ids.js';

/** The version tag of every record; a record with another tag is "unsupported", never "valid". */
export const RECORD_VERSION = 'spanforge.record.v1';

/** The largest size of a record, in bytes. */
export const MAX_RECORD_BYTES = 65_535;

/** The form of `run` and `trace_id`. */
export const identifier = z
  .string()
  .regex(/^[\x20-\x7e]{1,128}$/, 'expected 1 to 128 printable ASCII characters');
/** The form of every other name in a record. */
export const text = z.string().min(1).max(512);

const base64urlHash = z.string().regex(/^[\w-]{43}$/, 'expected 32 bytes as base64url');

/** {@link RecordJoin} on the wire. */
const joined = z.strictObject({
  claim: text.optional(),
  key: base64urlHash.optional(),
  records: z.int().min(1).optional(),
  request: base64urlHash.optional(),
});

/** Reads what a record says about its append; undefined if it is malformed. */
export function readJoin(value: unknown): RecordJoin | undefined {
  return joined.safeParse(value).success ? (value as RecordJoin) : undefined;
}

/** An existing date and time in UTC; no leap seconds. */
const TIME =
  /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

function isTime(text: string): boolean {
  if (!TIME.test(text)) return false;
  const day = Number(text.slice(8, 10));
  if (day < 29) return true;
  const [year, month] = [Number(text.slice(0, 4)), Number(text.slice(5, 7))];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2) return isLeap && day === 29;
  return day < 31 || ![4, 6, 9, 11].includes(month);
}

/** The envelope of a record on the wire. */
export const recordEnvelope = z.strictObject({
  v: z.literal(RECORD_VERSION),
  id: z.string().regex(ULID),
  type: text,
  tenant: text,
  project: text,
  env: text,
  run: identifier,
  trace_id: identifier,
  span_id: identifier.optional(),
  agent: text,
  actor: text,
  append: joined.optional(),
  source: text,
  policy: z.strictObject({ id: text, version: text, digest: text }).optional(),
  mode: z.enum(['live', 'shadow', 'simulate', 'replay']),
  time: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    .refine(isTime),
  writer: z.strictObject({ id: text, boot: text, n: z.int().min(0) }),
  state_size: z.int().min(0).optional(),
  body: z.record(z.string(), z.unknown()),
});

/** The wire form of a record. */
export type RecordEnvelope = z.infer<typeof recordEnvelope>;

const MODES: ReadonlySet<unknown> = new Set(recordEnvelope.shape.mode.options);

type Members = Readonly<Record<string, unknown>>;

const isText = (value: unknown): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= 512;
function isIdentifier(value: unknown): boolean {
  if (typeof value !== 'string' || value.length === 0 || value.length > 128) return false;
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

/**
 * Counts the members of a parsed object: if the known ones are as many, there are no unknown ones.
 */
function countMembers(value: object): number {
  let count = 0;
  for (const _ in value) count += 1;
  return count;
}

function isWriter(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || countMembers(value) !== 3) return false;
  const { id, boot, n } = value as Members;
  return isText(id) && isText(boot) && isCount(n);
}

function isPolicy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || countMembers(value) !== 3) return false;
  const { id, version, digest } = value as Members;
  return isText(id) && isText(version) && isText(digest);
}

/** The number of members that every record has. */
const REQUIRED = 15;

/** True if the optional members are well-formed, and there are no others. */
function hasOnlyKnown(wire: Members): boolean {
  const { span_id: span, append, policy, state_size: size } = wire;
  let known = REQUIRED;
  if (span !== undefined) known += 1;
  if (append !== undefined) known += 1;
  if (policy !== undefined) known += 1;
  if (size !== undefined) known += 1;
  return (
    countMembers(wire) === known &&
    (append === undefined || readJoin(append) !== undefined) &&
    (span === undefined || isIdentifier(span)) &&
    (policy === undefined || isPolicy(policy)) &&
    (size === undefined || isCount(size))
  );
}

function isBody(value: unknown): boolean {
  const plain = typeof value === 'object' && value !== null && !Array.isArray(value);
  return plain && !Object.hasOwn(value, '__proto__');
}

/**
 * True if the schema would accept a parsed record unchanged: the same rules, checked several times
 * as fast. A record that fails here is passed to the schema, which says what is wrong with it.
 */
function isEnvelope(value: JsonValue): value is RecordEnvelope & JsonValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const wire = value as Members;
  const named =
    isText(wire.type) &&
    isText(wire.tenant) &&
    isText(wire.project) &&
    isText(wire.env) &&
    isText(wire.agent) &&
    isText(wire.actor) &&
    isText(wire.source) &&
    isIdentifier(wire.run) &&
    isIdentifier(wire.trace_id);
  return (
    named &&
    wire.v === RECORD_VERSION &&
    typeof wire.id === 'string' &&
    ULID.test(wire.id) &&
    MODES.has(wire.mode) &&
    typeof wire.time === 'string' &&
    isTime(wire.time) &&
    isWriter(wire.writer) &&
    isBody(wire.body) &&
    hasOnlyKnown(wire)
  );
}

/**
 * Validates the envelope of a parsed record.
 *
 * @throws {EventsError} `EVENTS_RECORD_UNSUPPORTED` for another version, otherwise
 * `EVENTS_RECORD_INVALID`.
 */
export function parseEnvelope(value: JsonValue): RecordEnvelope {
  if (isEnvelope(value)) return value;
  const parsed = recordEnvelope.safeParse(value);
  // Zod leaves out a member of the body that is called `__proto__`; the type of the record decides about it.
  if (parsed.success) {
    const { body } = value as { readonly body: RecordEnvelope['body'] };
    return { ...parsed.data, body };
  }
  const version = typeof value === 'object' && value !== null && 'v' in value ? value.v : undefined;
  if (version !== RECORD_VERSION) {
    throw new EventsError('EVENTS_RECORD_UNSUPPORTED', 'record of an unsupported version');
  }
  const issue = parsed.error.issues[0];
  const path = `$${(issue?.path ?? []).map((part) => `.${String(part)}`).join('')}`;
  throw new EventsError(
    'EVENTS_RECORD_INVALID',
    `record: ${path}: ${issue?.message ?? 'invalid'}`,
    {
      details: { path },
    },
  );
}
