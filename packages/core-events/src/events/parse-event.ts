import { canonicalize, formatPath, SigningError } from '@spanforge/core-signing';
import type { z } from 'zod';
import { EventsError } from '../error.js';
import type { BarePayload, GovernanceEvent } from './event.js';
import { barePayloadSchema, eventFromWire, eventSchema, eventToWireNames } from './event-schema.js';

/** The largest event, in bytes of its canonical JSON. */
export const MAX_EVENT_BYTES = 1_048_576;

/** The largest nesting of a payload; the payload itself is the first level. */
export const MAX_PAYLOAD_DEPTH = 10;

const MAX_ENVELOPE_DEPTH = MAX_PAYLOAD_DEPTH + 1;

function invalidError(path: string, expectation: string, cause?: unknown): EventsError {
  return new EventsError('EVENTS_EVENT_INVALID', `event: ${path}: ${expectation}`, {
    details: { path, expectation },
    cause,
  });
}

const EXPECTATIONS: Readonly<Record<string, string>> = {
  SIGNING_JSON_UNSUPPORTED: 'expected plain JSON data',
  SIGNING_JSON_NUMBER: 'expected a finite number; integers up to 2^53-1',
  SIGNING_JSON_TOO_DEEP: `expected a payload nested at most ${MAX_PAYLOAD_DEPTH} deep`,
  SIGNING_JSON_TOO_LARGE: `expected at most ${MAX_EVENT_BYTES} bytes`,
};

/**
 * Copies the event without running getters and without sharing anything with the caller's value.
 */
function plainCopy(value: unknown): unknown {
  try {
    const text = canonicalize(value, {
      maxDepth: MAX_ENVELOPE_DEPTH,
      maxLength: MAX_EVENT_BYTES,
      integers: 'safe',
    });
    if (new TextEncoder().encode(text).length > MAX_EVENT_BYTES) {
      throw invalidError('$', `expected at most ${MAX_EVENT_BYTES} bytes`);
    }
    return JSON.parse(text);
  } catch (cause) {
    if (!SigningError.is(cause)) throw cause;
    const path = String(cause.details.path ?? '$');
    throw invalidError(path, EXPECTATIONS[cause.code] ?? 'expected plain JSON data', cause);
  }
}

function expectation(issue: z.core.$ZodIssue): readonly [path: string, expectation: string] {
  if (issue.code === 'unrecognized_keys') {
    return [formatPath([...issue.path, issue.keys[0] ?? '']), 'no such field'];
  }
  if (issue.code === 'invalid_type') return [formatPath(issue.path), `expected ${issue.expected}`];
  return [formatPath(issue.path), issue.message];
}

function parse(schema: z.ZodType, value: unknown): unknown {
  const copy = plainCopy(value);
  refusePrototypeKeys(copy);
  const parsed = schema.safeParse(copy);
  if (parsed.success) return Object.freeze(eventFromWire(parsed.data));
  const issue = parsed.error.issues[0];
  throw issue === undefined
    ? invalidError('$', 'expected an event')
    : invalidError(...expectation(issue));
}

// Schemas of maps skip `__proto__`, so it would silently vanish from the envelope.
function refusePrototypeKeys(copy: unknown): void {
  if (typeof copy !== 'object' || copy === null) return;
  if (Object.hasOwn(copy, '__proto__')) throw invalidError('$.__proto__', 'no such field');
  const tags = 'tags' in copy ? copy.tags : undefined;
  if (typeof tags === 'object' && tags !== null && Object.hasOwn(tags, '__proto__')) {
    throw invalidError('$.tags.__proto__', 'no such field');
  }
}

/**
 * Parses an event from its wire form (snake_case) into a typed copy.
 *
 * Strict: an unknown field is refused. Limits: 1 MiB of canonical JSON, a payload nested 10 deep,
 * 50 tags. Any well-formed dotted `event_type` parses; {@link createEventGovernancePolicy} checks
 * whether it is registered. Signatures must be verified over the writer's bytes, not over what this
 * returns.
 *
 * @throws {EventsError} `EVENTS_EVENT_INVALID`; `details.path` is the JSON path of the first
 * problem,
 * `details.expectation` what was expected there.
 */
export function parseEvent(value: unknown): GovernanceEvent {
  return parse(eventSchema, value) as GovernanceEvent;
}

/**
 * Parses the input of the schema gate: `schema_version`, `source` and `payload` are required (an
 * empty payload is valid), every other field of the envelope is checked if present.
 *
 * @throws {EventsError} `EVENTS_EVENT_INVALID`, as {@link parseEvent}.
 */
export function parseBarePayload(value: unknown): BarePayload {
  return parse(barePayloadSchema, value) as BarePayload;
}

/**
 * Converts an event to its wire form (snake_case) and validates it.
 *
 * @throws {EventsError} `EVENTS_EVENT_INVALID`, as {@link parseEvent}.
 */
export function eventToWire(event: GovernanceEvent): Readonly<Record<string, unknown>> {
  const wire = eventToWireNames(event) as Readonly<Record<string, unknown>>;
  parseEvent(wire);
  return wire;
}
