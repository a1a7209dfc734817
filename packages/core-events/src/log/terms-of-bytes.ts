import { fromUtf8, type JsonValue } from '@spanforge/core-signing';
import { parseEnvelope } from '../records/envelope.js';
import { claimTerm, createTermsOf } from './terms.js';

const termsOf = createTermsOf();

/** The terms of a record, from its bytes; none for bytes that are not a record. */
export function termsOfBytes(bytes: Uint8Array): readonly string[] {
  try {
    const wire = parseEnvelope(JSON.parse(fromUtf8(bytes)) as JsonValue);
    const { tenant, project, env, run, trace_id: traceId, agent, actor, source } = wire;
    const context = { tenant, project, env, run, traceId, agent, actor, source };
    const claim = wire.append?.claim;
    const taken = claim === undefined ? [] : [claimTerm(claim)];
    return [...new Set([...termsOf({ type: wire.type, context, body: wire.body }), ...taken])];
  } catch {
    return [];
  }
}

/** The time of a record in epoch milliseconds, from its bytes; NaN for bytes that are not a record. */
export function timeOfBytes(bytes: Uint8Array): number {
  try {
    return Date.parse(parseEnvelope(JSON.parse(fromUtf8(bytes)) as JsonValue).time);
  } catch {
    return Number.NaN;
  }
}
