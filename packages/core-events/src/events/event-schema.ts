import { z } from 'zod';
import { renamer } from '../wire-names.js';

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const SECONDS = 'YYYY-MM-DDThh:mm:ss'.length;

/** `Date` rolls over a day or hour that does not exist, so the text would not match. */
function isUtcTimestamp(text: string): boolean {
  if (!TIMESTAMP.test(text)) return false;
  const seconds = text.slice(0, SECONDS);
  const epochMs = Date.parse(`${seconds}Z`);
  return Number.isFinite(epochMs) && new Date(epochMs).toISOString().slice(0, SECONDS) === seconds;
}

// 26 digits hold 130 bits; the first one is at most 7, which leaves 128.
const ulid = z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'expected a ULID');
const text = z.string().min(1, 'expected text').max(512, 'expected at most 512 characters');
const identifier = z
  .string()
  .regex(/^[\x20-\x7e]{1,128}$/, 'expected 1 to 128 printable ASCII characters');

const fields = {
  schema_version: z.enum(['2.0', '1.0'], 'expected "2.0" or "1.0"'),
  event_id: ulid,
  event_type: z
    .string()
    .max(256, 'expected at most 256 characters')
    .regex(/^[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)+$/, 'expected a dotted name in lower case'),
  timestamp: z.string().refine(isUtcTimestamp, 'expected an RFC 3339 time in UTC, ending in Z'),
  source: z
    .string()
    .max(256, 'expected at most 256 characters')
    .regex(
      /^[A-Za-z][A-Za-z0-9._-]*@\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/,
      'expected name@semver',
    ),
  payload: z.custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'expected an object',
  ),
  trace_id: identifier.optional(),
  span_id: identifier.optional(),
  parent_span_id: identifier.optional(),
  org_id: text.optional(),
  team_id: text.optional(),
  actor_id: text.optional(),
  session_id: text.optional(),
  tags: z
    .record(text, text)
    .refine((tags) => Object.keys(tags).length <= 50, 'expected at most 50 tags')
    .optional(),
  checksum: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 hexadecimal digits')
    .optional(),
  signature: z
    .string()
    .regex(/^hmac-sha256:[0-9a-f]{64}$/, 'expected hmac-sha256: and 64 hexadecimal digits')
    .optional(),
  prev_id: ulid.optional(),
};

/** The envelope on the wire. */
export const eventSchema = z.strictObject(fields);

/** The envelope if only the payload matters: other members are checked only if present. */
export const barePayloadSchema = z.strictObject({
  ...fields,
  event_id: fields.event_id.optional(),
  event_type: fields.event_type.optional(),
  timestamp: fields.timestamp.optional(),
});

const identity = (value: unknown): unknown => value;

/** Conversions between snake_case and camelCase, derived from the schema. */
export const eventFromWire = renamer(eventSchema, 'from_wire') ?? identity;
export const eventToWireNames = renamer(eventSchema, 'to_wire') ?? identity;
