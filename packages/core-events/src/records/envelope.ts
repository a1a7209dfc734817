import { canonicalize, type JsonValue } from '@spanforge/core-signing';
import { z } from 'zod';
import { formatTime } from '../clock.js';
import { EventsError } from '../error.js';
import type { WriterStamp } from '../evidence.js';
import { ULID } from '../ids.js';
import type { RecordDraft } from '../ports.js';

/** The version tag of every record; another one means "unsupported", never "valid". */
export const RECORD_VERSION = 'spanforge.record.v1';

/** The largest record, in bytes. */
export const MAX_RECORD_BYTES = 65_535;

const identifier = z
  .string()
  .regex(/^[\x20-\x7e]{1,128}$/, 'expected 1 to 128 printable ASCII characters');
const text = z.string().min(1).max(512);

/** A record as it is written. */
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
  source: text,
  policy: z.strictObject({ id: text, version: text, digest: text }).optional(),
  mode: z.enum(['live', 'shadow', 'simulate', 'replay']),
  time: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  writer: z.strictObject({ id: text, boot: text, n: z.int().min(0) }),
  state_size: z.int().min(0).optional(),
  body: z.record(z.string(), z.unknown()),
});

/** The wire form of a record. */
export type RecordEnvelope = z.infer<typeof recordEnvelope>;

function checkContext(draft: RecordDraft): void {
  const { context } = draft;
  for (const [path, value, schema] of [
    ['trace_id', context.traceId, identifier],
    ['run', context.run, identifier],
    ['tenant', context.tenant, text],
    ['project', context.project, text],
    ['env', context.env, text],
    ['agent', context.agent, text],
    ['actor', context.actor, text],
    ['source', context.source, text],
  ] as const) {
    if (typeof value === 'string' && value.length > 0 && value.length <= 128 && isPlain(value))
      continue;
    if (schema.safeParse(value).success) continue;
    throw new EventsError('EVENTS_RECORD_INVALID', `${draft.type}: $.${path} is not valid`, {
      details: { type: draft.type, path: `$.${path}` },
    });
  }
}

function isPlain(value: string): boolean {
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

/**
 * Canonicalises everything of a record but its writer stamp (RFC 8785). `writer` sorts last, so the
 * stamp is added by {@link stampRecord} when the record's turn in the log is known, and nothing is
 * canonicalised twice.
 *
 * @throws {EventsError} `EVENTS_RECORD_INVALID` when the context or the payload cannot be recorded.
 */
export function sealRecord(draft: RecordDraft, id: string, timeMs: number): string {
  checkContext(draft);
  const { context, policy } = draft;
  const envelope: Record<string, unknown> = { actor: context.actor, agent: context.agent };
  envelope.body = draft.body;
  envelope.env = context.env;
  envelope.id = id;
  envelope.mode = draft.mode ?? 'live';
  if (policy) envelope.policy = { digest: policy.digest, id: policy.id, version: policy.version };
  envelope.project = context.project;
  envelope.run = context.run;
  envelope.source = context.source;
  if (context.spanId !== undefined) envelope.span_id = context.spanId;
  if (draft.stateSize !== undefined) envelope.state_size = draft.stateSize;
  envelope.tenant = context.tenant;
  envelope.time = formatTime(timeMs);
  envelope.trace_id = context.traceId;
  envelope.type = draft.type;
  envelope.v = RECORD_VERSION;
  try {
    return canonicalize(envelope, { integers: 'safe' });
  } catch (cause) {
    throw new EventsError(
      'EVENTS_RECORD_INVALID',
      `${draft.type}: cannot be written as canonical JSON`,
      {
        details: { type: draft.type },
        cause,
      },
    );
  }
}

/** Adds the writer stamp to a sealed record and gives the record's exact text. */
export function stampRecord(sealed: string, stampPrefix: string, n: number): string {
  return `${sealed.slice(0, -1)}${stampPrefix}${n}}}`;
}

/** What {@link stampRecord} puts before the number; the same for all records of one boot. */
export function stampPrefix(writer: Omit<WriterStamp, 'n'>): string {
  return `,"writer":{"boot":${JSON.stringify(writer.boot)},"id":${JSON.stringify(writer.id)},"n":`;
}

/**
 * Checks a parsed record against the envelope.
 *
 * @throws {EventsError} `EVENTS_RECORD_UNSUPPORTED` for another version, else `EVENTS_RECORD_INVALID`.
 */
export function parseEnvelope(value: JsonValue): RecordEnvelope {
  const parsed = recordEnvelope.safeParse(value);
  if (parsed.success) return parsed.data;
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
