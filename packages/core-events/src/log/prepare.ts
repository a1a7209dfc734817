import type { Disclosure } from '@spanforge/core-signing';
import type { EvidenceContext } from '../context.js';
import { EventsError } from '../error.js';
import { isUlid, type MakeId } from '../ids.js';
import type { AppendOptions, RecordDraft } from '../ports.js';
import { MAX_RECORD_BYTES } from '../records/envelope.js';
import type { RecordType } from '../records/record-type.js';
import type { RecordRegistry } from '../records/registry.js';
import { createSeal, type Seal } from '../records/seal.js';
import type { Join, Joining } from './joining.js';
import type { StoreDisclosure } from './store.js';
import { createTermsOf, type TermsOf } from './terms.js';

/** The largest disclosure, in characters of its encoded form. */
const MAX_DISCLOSURE_LENGTH = 64 * 1024 * 1024;

/** Room the writer stamp may take. */
const STAMP_BYTES = 700;

/** A record serialised at the call, waiting for its number. */
export interface SealedRecord {
  readonly id: string;
  readonly type: string;
  readonly tenant: string;
  readonly timeMs: number;
  readonly text: string;
  readonly terms: readonly string[];
  readonly disclosures: readonly StoreDisclosure[];
}

/** Records that go together, with how they join what is there. */
export interface SealedGroup {
  readonly records: readonly SealedRecord[];
  readonly bytes: number;
  readonly options: Joining;
}

/** What serialising needs. */
export interface SealerParts {
  readonly makeId: MakeId;
  /** Whole milliseconds since the epoch. */
  readonly clock: () => number;
  readonly registry: RecordRegistry;
  readonly join: Join;
}

function encodedLength(text: string): number {
  if (text.length * 3 + STAMP_BYTES <= MAX_RECORD_BYTES) return text.length;
  return new TextEncoder().encode(text).length;
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

/** Each part is read once; one that is frozen stays as it is and is known again by identity. */
function keepContext(context: EvidenceContext): EvidenceContext {
  if (Object.isFrozen(context)) return context;
  const { tenant, project, env, run, traceId, spanId, agent, actor, source } = context;
  const span = spanId === undefined ? {} : { spanId };
  return { tenant, project, env, run, traceId, ...span, agent, actor, source };
}

/** Copies disclosures, once it is clear that the record commits to each. */
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

function sealOne(
  given: RecordDraft,
  timeMs: number,
  parts: SealerParts,
  { seal, termsOf }: { readonly seal: Seal; readonly termsOf: TermsOf },
): SealedRecord {
  const { type, body, disclosures = [], ...rest } = given;
  const payload = typeOf(type, parts.registry).write(body);
  const context = keepContext(rest.context);
  const id = parts.makeId();
  if (!isUlid(id))
    throw refuse('EVENTS_RECORD_INVALID', type, 'the id is no ULID', { path: '$.id' });
  const text = seal({ draft: { ...rest, type, context }, id, timeMs, payload });
  if (encodedLength(text) + STAMP_BYTES > MAX_RECORD_BYTES) {
    throw refuse('EVENTS_RECORD_TOO_LARGE', type, `more than ${MAX_RECORD_BYTES} bytes`, {
      maxBytes: MAX_RECORD_BYTES,
    });
  }
  const kept = disclosures.length === 0 ? [] : keepDisclosures(disclosures, body, type);
  const terms = termsOf({ type, context, body });
  return { id, type, tenant: context.tenant, timeMs, text, terms, disclosures: kept };
}

/** What a draft's own code threw while it was read (a getter, a proxy) is a draft that is no data. */
function coded(cause: unknown): EventsError {
  if (EventsError.is(cause)) return cause;
  return new EventsError('EVENTS_RECORD_INVALID', 'a draft cannot be read', { cause });
}

/**
 * Serialises drafts at the call: what the caller changes afterwards changes nothing.
 *
 * @throws {EventsError} when a draft cannot be recorded; then nothing is.
 */
export type SealGroup = (drafts: readonly RecordDraft[], options?: AppendOptions) => SealedGroup;

/** Creates what serialises the drafts of one log. */
export function createSealGroup(parts: SealerParts): SealGroup {
  const writers = { seal: createSeal(), termsOf: createTermsOf() };
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
