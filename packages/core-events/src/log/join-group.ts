import { fromHex, toBase64Url } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import { MAX_RECORD_BYTES, type RecordJoin } from '../records/envelope.js';
import { joinRecord } from '../records/seal.js';
import type { SealedGroup } from './prepare.js';
import { claimTerm } from './terms.js';

/** Room the writer stamp may take behind a sealed record. */
const STAMP_BYTES = 700;

const short = (hex: string): string => toBase64Url(fromHex(hex));

function joinOf({ options, records }: SealedGroup, signing: boolean): RecordJoin | undefined {
  const { claim, idempotency } = options;
  // Unsigned logs have no key to hide the caller's with: a digest of what can be guessed is no evidence.
  const key = signing && idempotency;
  if (claim === undefined && !key) return undefined;
  return {
    ...(claim === undefined ? {} : { claim }),
    ...(key && {
      key: short(key.key),
      records: records.length,
      request: short(key.request),
    }),
  };
}

/**
 * Writes into the first record of a group how it joins the log, so that claims and idempotency keys
 * follow from the bytes of the records.
 *
 * @throws {EventsError} `EVENTS_RECORD_TOO_LARGE` when the record has no room for it.
 */
export function joinGroup(group: SealedGroup, signing: boolean): SealedGroup {
  const join = joinOf(group, signing);
  const [first, ...others] = group.records;
  if (!join || !first) return group;
  const text = joinRecord(first.text, join);
  const bytes = text.length * 3 > MAX_RECORD_BYTES ? new TextEncoder().encode(text).length : 0;
  if (bytes + STAMP_BYTES > MAX_RECORD_BYTES) {
    throw new EventsError(
      'EVENTS_RECORD_TOO_LARGE',
      `${first.type}: more than ${MAX_RECORD_BYTES} bytes`,
      { details: { type: first.type, maxBytes: MAX_RECORD_BYTES } },
    );
  }
  const terms = join.claim === undefined ? first.terms : [...first.terms, claimTerm(join.claim)];
  return { ...group, records: [{ ...first, text, terms }, ...others] };
}
