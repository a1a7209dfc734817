import { EventsError, type EvidenceRecord } from '@spanforge/core-events';
import { readEnvelope } from '@spanforge/core-events/log';
import { parseEnvelope } from '@spanforge/core-events/records';
import { parseJson, parseMac, SigningError } from '@spanforge/core-signing';
import type { ProvenRecord } from './proofs.js';
import type { VerificationLedger } from './report.js';

/** Parses the record in proven bytes, or says why it cannot. */
function parseRecord(proven: ProvenRecord): EvidenceRecord | 'unsupported' | 'not_a_record' {
  const { index, bytes, leaf, kid, hmac } = proven;
  const tag = hmac === undefined ? undefined : parseMac(hmac);
  try {
    const value = parseJson(bytes, { integers: 'safe' });
    // Only an object can be a record of a later version.
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not_a_record';
    const wire = parseEnvelope(value);
    const stored = { index, bytes, leaf };
    return readEnvelope(tag && kid !== undefined ? { ...stored, mac: { kid, tag } } : stored, wire);
  } catch (error) {
    if (EventsError.is(error)) {
      return error.code === 'EVENTS_RECORD_UNSUPPORTED' ? 'unsupported' : 'not_a_record';
    }
    if (SigningError.is(error)) return 'not_a_record';
    throw error;
  }
}

/** Parses proven records; an unknown version is `unsupported`, never `valid`. */
export function parseRecords(
  proven: readonly ProvenRecord[],
  ledger: VerificationLedger,
): readonly EvidenceRecord[] {
  return proven.flatMap((one) => {
    const parsed = parseRecord(one);
    if (typeof parsed !== 'string') return [parsed];
    const { index } = one;
    if (parsed === 'unsupported')
      ledger.fail(parsed, 'records', { index, reason: 'record_version' });
    else ledger.fail('invalid', 'records', { index, reason: parsed });
    return [];
  });
}
