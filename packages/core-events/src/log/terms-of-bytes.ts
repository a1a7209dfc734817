import { fromUtf8, type JsonValue } from '@spanforge/core-signing';
import { parseEnvelope } from '../records/envelope.js';
import { claimTerm, createTermsOf } from './terms.js';

const termsOf = createTermsOf();

/** What a record can be found by, from its bytes; nothing for bytes that are no record. */
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
