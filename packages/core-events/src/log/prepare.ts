import { EventsError } from '../error.js';
import type { MakeId } from '../ids.js';
import type { AppendOptions, RecordDraft } from '../ports.js';
import { MAX_RECORD_BYTES, sealRecord } from '../records/envelope.js';
import type { RecordRegistry } from '../records/registry.js';
import type { StoreDisclosure, StoreGroup } from './store.js';
import { termsOf } from './terms.js';

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
  readonly options: Pick<StoreGroup, 'idempotency' | 'claim'>;
}

function encodedLength(text: string): number {
  if (text.length * 3 + STAMP_BYTES <= MAX_RECORD_BYTES) return text.length;
  return new TextEncoder().encode(text).length;
}

function sealOne(
  draft: RecordDraft,
  id: string,
  timeMs: number,
  registry: RecordRegistry,
): SealedRecord {
  const type = registry.get(draft.type);
  if (!type) {
    throw new EventsError('EVENTS_RECORD_UNSUPPORTED', `no such record type: ${draft.type}`, {
      details: { type: draft.type },
    });
  }
  const text = sealRecord({ ...draft, body: type.check(draft.body) }, id, timeMs);
  if (encodedLength(text) + STAMP_BYTES > MAX_RECORD_BYTES) {
    throw new EventsError(
      'EVENTS_RECORD_TOO_LARGE',
      `${draft.type}: more than ${MAX_RECORD_BYTES} bytes`,
      {
        details: { type: draft.type, maxBytes: MAX_RECORD_BYTES },
      },
    );
  }
  const disclosures = draft.disclosures ?? [];
  if (disclosures.some((disclosure) => disclosure.encoded.length > MAX_DISCLOSURE_LENGTH)) {
    throw new EventsError(
      'EVENTS_DISCLOSURE_TOO_LARGE',
      `${draft.type}: a disclosure is too large`,
      {
        details: { type: draft.type, maxLength: MAX_DISCLOSURE_LENGTH },
      },
    );
  }
  return {
    id,
    type: draft.type,
    tenant: draft.context.tenant,
    timeMs,
    text,
    terms: termsOf(draft),
    disclosures,
  };
}

/** How a group joins the log, in the store's terms. */
export function joining(options: AppendOptions): SealedGroup['options'] {
  const { idempotencyKey, requestDigest, claim } = options;
  return {
    ...(idempotencyKey === undefined
      ? {}
      : { idempotency: { key: idempotencyKey, request: requestDigest ?? '' } }),
    ...(claim === undefined ? {} : { claim }),
  };
}

/**
 * Serialises drafts at the call: what the caller changes afterwards changes nothing.
 *
 * @throws {EventsError} when a draft cannot be recorded; then nothing is.
 */
export function sealGroup(
  drafts: readonly RecordDraft[],
  options: AppendOptions,
  makeId: MakeId,
  timeMs: number,
  registry: RecordRegistry,
): SealedGroup {
  const records = drafts.map((draft) => sealOne(draft, makeId(), timeMs, registry));
  let bytes = 0;
  for (const record of records) {
    bytes += record.text.length;
    for (const disclosure of record.disclosures) bytes += disclosure.encoded.length;
  }
  return { records, bytes, options: joining(options) };
}
