import { formatMac, fromUtf8, isLeafHash, isLeafHashIn } from '@spanforge/core-signing';
import type { EvidenceContext } from '../context.js';
import { EventsError } from '../error.js';
import type { EvidenceRecord } from '../evidence.js';
import { parseEnvelope, type RecordEnvelope } from '../records/envelope.js';
import { type RecordEnd, type RecordWriter, scanEnd } from './index/record-terms.js';
import type { ParseRecord } from './parse-record.js';
import type { RecordKeys } from './record-keys.js';
import { createRowMacs } from './row-macs.js';
import { createRecordScanner, type RecordNames } from './skim/scan-record.js';
import type { StoredRecord, StoredRow } from './store.js';
import { kidIn, leafIn, startIn, tagIn } from './stored-rows.js';

/** Why a stored record is not authentic. */
export type RecordFault = 'leaf_mismatch' | 'not_a_record' | 'hmac_missing' | 'hmac_mismatch';

/** A stored record, decoded; or what is wrong with it. */
export type DecodedRecord =
  | { readonly ok: true; readonly record: EvidenceRecord }
  | {
      readonly ok: false;
      readonly index: number;
      readonly fault: RecordFault;
      readonly cause?: unknown;
    };

/** A value under construction. Every record is read here, and spreading optional members would be too slow. */
type Open<Value> = { -readonly [Name in keyof Value]: Value[Name] };

function contextOf(wire: RecordEnvelope): EvidenceContext {
  const { tenant, project, env, run, agent, actor, source } = wire;
  const [traceId, spanId] = [wire.trace_id, wire.span_id];
  return spanId === undefined
    ? { tenant, project, env, run, traceId, agent, actor, source }
    : { tenant, project, env, run, traceId, spanId, agent, actor, source };
}

/** Reads the record from verified bytes. Exported for verifiers that check the bytes themselves. */
export function readEnvelope(stored: StoredRecord, wire: RecordEnvelope): EvidenceRecord {
  const { index, bytes, leaf, mac } = stored;
  const { id, type, append, mode, policy, state_size: stateSize, time, writer, body } = wire;
  const context = contextOf(wire);
  const record: Open<EvidenceRecord> = mac
    ? {
        index,
        bytes,
        leaf,
        mac: formatMac(mac.tag),
        macKid: mac.kid,
        id,
        type,
        context,
        mode,
        time,
        writer,
        body,
      }
    : { index, bytes, leaf, id, type, context, mode, time, writer, body };
  if (append) record.append = append;
  if (policy) record.policy = policy;
  if (stateSize !== undefined) record.stateSize = stateSize;
  return record;
}

function macFault(
  { index, leaf, mac }: Omit<StoredRecord, 'bytes'>,
  tenant: string,
  keys: RecordKeys,
  unsignedBelow: number,
): RecordFault | undefined {
  if (!mac) return keys.signing && index >= unsignedBelow ? 'hmac_missing' : undefined;
  try {
    const verdict = keys.check(tenant, leaf, mac, index);
    if (verdict === 'good' || (verdict === 'unknown_key' && !keys.signing)) return undefined;
  } catch {
    // A tag or a tenant that no writer here could have made.
  }
  return 'hmac_mismatch';
}

/**
 * Checks the bytes against the leaf hash, parses them, and checks the HMAC where a key is known.
 * Parses only after comparing; never throws.
 *
 * @param unsignedBelow Records below this index may lack an HMAC.
 * @param parse `JSON.parse` when absent.
 * @param isGood Whether the HMAC is known to be the one of this tenant; where it is not, it is checked here.
 */
export function decodeStored(
  stored: StoredRecord,
  keys: RecordKeys,
  unsignedBelow: number,
  parse: ParseRecord = JSON.parse,
  isGood: (tenant: string) => boolean = () => false,
): DecodedRecord {
  const { index } = stored;
  if (!isLeafHash(stored.bytes, stored.leaf)) return { ok: false, index, fault: 'leaf_mismatch' };
  let wire: RecordEnvelope;
  try {
    wire = parseEnvelope(parse(fromUtf8(stored.bytes)));
  } catch (cause) {
    return { ok: false, index, fault: 'not_a_record', cause };
  }
  const fault = isGood(wire.tenant)
    ? undefined
    : macFault(stored, wire.tenant, keys, unsignedBelow);
  if (fault) return { ok: false, index, fault };
  return { ok: true, record: readEnvelope(stored, wire) };
}

/** Checks records as {@link decodeStored} does, and tells their names without building them. */
export interface Skim {
  /** Undefined if the record is not whole, or has to be decoded to know. The returned object is valid until the next call. */
  skim(stored: StoredRecord): RecordNames | undefined;
  /** The same for the record at a place of a row. */
  skimRow(row: StoredRow, at: number): RecordNames | undefined;
}

/** Creates the check of a whole log's records. */
export function createSkim(keys: RecordKeys, unsignedBelow: number): Skim {
  const scan = createRecordScanner();
  const macs = createRowMacs(keys);
  return {
    skim(stored) {
      const { bytes, leaf } = stored;
      if (!isLeafHash(bytes, leaf)) return undefined;
      const names = scan(bytes, 0, bytes.length);
      return names && !macFault(stored, names.tenant, keys, unsignedBelow) ? names : undefined;
    },
    skimRow(row, at) {
      const { bytes, ends, first, leaves } = row;
      const [from, end] = [startIn(row, at), ends[at] ?? 0];
      if (!isLeafHashIn(bytes, from, end, leaves, at)) return undefined;
      const names = scan(bytes, from, end);
      if (!names) return undefined;
      if (macs.isGood(row, at, names.tenant)) return names;
      const kid = kidIn(row, at);
      const mac = kid === undefined ? undefined : { kid, tag: tagIn(row, at) };
      const leaf = leafIn(row, at);
      const signed = mac ? { index: first + at, leaf, mac } : { index: first + at, leaf };
      return macFault(signed, names.tenant, keys, unsignedBelow) ? undefined : names;
    },
  };
}

/**
 * The members at the end of a record whose leaf hash and HMAC are valid, without parsing it; undefined if the
 * record has to be decoded. Bytes with a valid HMAC are exactly what a writer made, so names can be read from
 * their end.
 */
function endOfSigned(stored: StoredRecord, keys: RecordKeys): RecordEnd | undefined {
  const { index, bytes, leaf, mac } = stored;
  const found = mac && scanEnd(bytes);
  if (!mac || !found || !isLeafHash(bytes, leaf)) return undefined;
  try {
    return keys.check(found.tenant, leaf, mac, index) === 'good' ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The type of a record whose leaf hash and HMAC are valid; undefined if it has to be decoded. */
export function typeOfSigned(stored: StoredRecord, keys: RecordKeys): string | undefined {
  return endOfSigned(stored, keys)?.type;
}

/** The writer of a record whose leaf hash and HMAC are valid; undefined if it has to be decoded. */
export function writerOfSigned(stored: StoredRecord, keys: RecordKeys): RecordWriter | undefined {
  return endOfSigned(stored, keys)?.writer;
}

/** @throws {EventsError} `EVENTS_RECORD_TAMPERED` with index and fault, when the record is not authentic. */
export function requireWhole(decoded: DecodedRecord): EvidenceRecord {
  if (decoded.ok) return decoded.record;
  throw new EventsError('EVENTS_RECORD_TAMPERED', `record ${decoded.index}: ${decoded.fault}`, {
    details: { index: decoded.index, fault: decoded.fault },
    cause: decoded.cause,
  });
}
