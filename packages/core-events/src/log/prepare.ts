import type { Disclosure } from '@spanforge/core-signing';
import type { EvidenceContext } from '../context.js';
import { EventsError } from '../error.js';
import type { WriterStamp } from '../evidence.js';
import { isUlid, type MakeId, makesUlids } from '../ids.js';
import type { AppendOptions, RecordDraft } from '../ports.js';
import { MAX_RECORD_BYTES } from '../records/envelope.js';
import type { RecordType } from '../records/record-type.js';
import type { RecordRegistry } from '../records/registry.js';
import { createSeal, type Seal } from '../records/seal.js';
import type { Join, Joining } from './joining.js';
import { MOST_BYTES, STAMP_BYTES } from './record-block.js';
import type { StoreDisclosure } from './store.js';
import { createTermsOf, type TermsOf } from './terms.js';

const NONE: readonly never[] = Object.freeze([]);

/** The largest disclosure, in characters of its encoded form. */
const MAX_DISCLOSURE_LENGTH = 64 * 1024 * 1024;

/** A record serialised at the call, waiting for its number. */
export interface SealedRecord {
  readonly id: string;
  readonly type: string;
  readonly tenant: string;
  readonly timeMs: number;
  /** The text up to its number; empty once it is encoded. */
  text: string;
  readonly terms: readonly string[];
  readonly disclosures: readonly StoreDisclosure[];
}

/** Records of one group, with its claim and idempotency key. */
export interface SealedGroup {
  readonly records: readonly SealedRecord[];
  /** About what the records take in the queue: characters of their texts and disclosures. */
  readonly bytes: number;
  readonly options: Joining;
}

/** Options of serialising. */
export interface SealerParts {
  readonly makeId: MakeId;
  /** Whole milliseconds since the epoch. */
  readonly clock: () => number;
  readonly registry: RecordRegistry;
  readonly join: Join;
  /** The writer that numbers the records. */
  readonly writer: Omit<WriterStamp, 'n'>;
}

function refuse(
  code: 'EVENTS_RECORD_INVALID' | 'EVENTS_RECORD_TOO_LARGE' | 'EVENTS_DISCLOSURE_TOO_LARGE',
  type: string,
  what: string,
  details: Readonly<Record<string, string | number>>,
): EventsError {
  return new EventsError(code, `${type}: ${what}`, { details: { type, ...details } });
}

function typeOf(key: string, registry: RecordRegistry): RecordType {
  const type = registry.get(key);
  if (type) return type;
  const named = typeof key === 'string' ? key.slice(0, 200) : typeof key;
  throw new EventsError('EVENTS_RECORD_UNSUPPORTED', `no such record type: ${named}`, {
    details: { type: named },
  });
}

/** Copies a context, reading each member once; a frozen one is kept and recognised by identity. */
function keepContext(context: EvidenceContext): EvidenceContext {
  if (Object.isFrozen(context)) return context;
  const { tenant, project, env, run, traceId, spanId, agent, actor, source } = context;
  const span = spanId === undefined ? {} : { spanId };
  return { tenant, project, env, run, traceId, ...span, agent, actor, source };
}

/** Copies disclosures after checking that the record commits to each. */
function keepDisclosures(
  disclosures: readonly Disclosure[],
  body: unknown,
  type: string,
): readonly StoreDisclosure[] {
  const { values } = body as { values?: Readonly<Record<string, unknown>> };
  return disclosures.map(({ name, digest, encoded }) => {
    const committed = typeof values === 'object' && Object.hasOwn(values, name);
    if (!committed || values[name] !== digest || typeof encoded !== 'string') {
      throw refuse('EVENTS_RECORD_INVALID', type, 'a disclosure is not what $.body.values says', {
        path: '$.body.values',
      });
    }
    if (encoded.length <= MAX_DISCLOSURE_LENGTH) return { name, digest, encoded };
    throw refuse('EVENTS_DISCLOSURE_TOO_LARGE', type, 'a disclosure is too large', {
      maxLength: MAX_DISCLOSURE_LENGTH,
    });
  });
}

/** What turns drafts into records. */
interface Writers {
  readonly seal: Seal;
  readonly termsOf: TermsOf;
  readonly isId: (id: string) => boolean;
}

/** The error of a record that takes more bytes than a record may. */
export function tooLarge(type: string): EventsError {
  return refuse('EVENTS_RECORD_TOO_LARGE', type, `more than ${MAX_RECORD_BYTES} bytes`, {
    maxBytes: MAX_RECORD_BYTES,
  });
}

/** Whether a text is small enough, whatever its number. */
export function fits(text: string): boolean {
  if (text.length * MOST_BYTES + STAMP_BYTES <= MAX_RECORD_BYTES) return true;
  if (text.length + STAMP_BYTES > MAX_RECORD_BYTES) return false;
  return new TextEncoder().encode(text).length + STAMP_BYTES <= MAX_RECORD_BYTES;
}

function sealOne(
  given: RecordDraft,
  timeMs: number,
  { makeId, registry }: SealerParts,
  { seal, termsOf, isId }: Writers,
): SealedRecord {
  const { type, body, mode, policy, stateSize, disclosures = NONE } = given;
  const payload = typeOf(type, registry).write(body);
  const context = keepContext(given.context);
  const id = makeId();
  if (!isId(id)) throw refuse('EVENTS_RECORD_INVALID', type, 'the id is no ULID', { path: '$.id' });
  const text = seal({ type, context, mode, policy, stateSize, id, timeMs, payload });
  // V8 keeps what is put together as a tree of its pieces until a character is asked for.
  text.charCodeAt(0);
  if (!fits(text)) throw tooLarge(type);
  const kept = disclosures.length === 0 ? NONE : keepDisclosures(disclosures, body, type);
  const terms = termsOf({ type, context, body });
  return { id, type, tenant: context.tenant, timeMs, text, terms, disclosures: kept };
}

/** Turns an error thrown by a draft's own code (a getter, a proxy) into an error of this package. */
function coded(cause: unknown): EventsError {
  if (EventsError.is(cause)) return cause;
  return new EventsError('EVENTS_RECORD_INVALID', 'the record draft cannot be read', { cause });
}

/**
 * Serialises drafts at the call: later changes by the caller have no effect.
 *
 * @throws {EventsError} when a draft cannot be recorded; then nothing is.
 */
export type SealGroup = (drafts: readonly RecordDraft[], options?: AppendOptions) => SealedGroup;

/** Creates what serialises the drafts of one log. */
export function createSealGroup(parts: SealerParts): SealGroup {
  const writers = {
    seal: createSeal(parts.writer),
    termsOf: createTermsOf(),
    isId: makesUlids(parts.makeId) ? () => true : isUlid,
  };
  return (drafts, options = {}) => {
    try {
      const timeMs = parts.clock();
      const records = drafts.map((draft) => sealOne(draft, timeMs, parts, writers));
      let bytes = 0;
      for (const record of records) {
        bytes += record.text.length;
        for (const disclosure of record.disclosures) bytes += disclosure.encoded.length;
      }
      return { records, bytes, options: parts.join(options, records[0]?.tenant ?? '') };
    } catch (cause) {
      throw coded(cause);
    }
  };
}
