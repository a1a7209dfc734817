import { fromHex, toBase64Url } from '@spanforge/core-signing';
import type { RecordJoin } from '../evidence.js';
import { joinRecord } from '../records/seal.js';
import { fits, type SealedGroup, tooLarge } from './prepare.js';
import { claimTerm } from './terms.js';

const short = (hex: string): string => toBase64Url(fromHex(hex));

function joinOf({ options, records }: SealedGroup, signing: boolean): RecordJoin | undefined {
  const { claim, idempotency } = options;
  // Unsigned logs have no secret to hide the caller's key with; a plain digest of it could be guessed.
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
 * Writes claim and idempotency key of a group into its first record, so that both follow from the bytes
 * of the records.
 *
 * @throws {EventsError} `EVENTS_RECORD_TOO_LARGE` when the record has no room for it.
 */
export function joinGroup(group: SealedGroup, signing: boolean): SealedGroup {
  const join = joinOf(group, signing);
  const [first, ...others] = group.records;
  if (!join || !first) return group;
  const text = joinRecord(first.text, join);
  if (!fits(text)) throw tooLarge(first.type);
  const terms = join.claim === undefined ? first.terms : [...first.terms, claimTerm(join.claim)];
  return { ...group, records: [{ ...first, text, terms }, ...others] };
}
