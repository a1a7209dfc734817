import { fromUtf8, type JsonValue } from '@spanforge/core-signing';
import { parseEnvelope } from '../records/envelope.js';
import { claimTerm, createTermsOf } from './terms.js';

const termsOf = createTermsOf();

/** By what a record is found. */
export interface IndexedBytes {
  readonly terms: readonly string[];
  /** Epoch milliseconds; NaN for bytes that are not a record. */
  readonly timeMs: number;
}

/** By what a record is found, from its bytes; no terms for bytes that are not a record. */
export function indexedBytes(bytes: Uint8Array): IndexedBytes {
  let timeMs = Number.NaN;
  try {
    const wire = parseEnvelope(JSON.parse(fromUtf8(bytes)) as JsonValue);
    timeMs = Date.parse(wire.time);
    const { tenant, project, env, run, trace_id: traceId, agent, actor, source } = wire;
    const context = { tenant, project, env, run, traceId, agent, actor, source };
    const claim = wire.append?.claim;
    const taken = claim === undefined ? [] : [claimTerm(claim)];
    const terms = termsOf({ type: wire.type, context, body: wire.body });
    return { terms: [...new Set([...terms, ...taken])], timeMs };
  } catch {
    return { terms: [], timeMs };
  }
}

/** The terms of a record, from its bytes; none for bytes that are not a record. */
export const termsOfBytes = (bytes: Uint8Array): readonly string[] => indexedBytes(bytes).terms;
