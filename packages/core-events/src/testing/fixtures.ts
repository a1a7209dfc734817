import type { EvidenceContext } from '../context.js';
import { openEvidenceLog } from '../log/evidence-log.js';
import { createMemoryStore } from '../log/memory-store.js';
import type { EvidenceLog, EvidenceLogOptions } from '../log/types.js';
import type { RecordDraft } from '../ports.js';
import { scopeV1 } from '../records/scope-v1.js';

/** A context for tests; parts can be replaced. */
export function aContext(parts: Partial<EvidenceContext> = {}): EvidenceContext {
  return {
    tenant: 'acme',
    project: 'claims',
    env: 'prod',
    run: 'run-1',
    traceId: 'trace-1',
    agent: 'claims-agent',
    actor: 'case-worker-7',
    source: 'test@1.0.0',
    ...parts,
  };
}

/** A scope decision, as a record to append. */
export function aDraft(
  parts: Partial<EvidenceContext> = {},
  body: { resource?: string; outcome?: 'allow' | 'block' } = {},
): RecordDraft {
  const outcome = body.outcome ?? 'allow';
  return {
    type: scopeV1.key,
    context: aContext(parts),
    body: scopeV1.toWire({
      agentId: 'claims-agent',
      resource: body.resource ?? 'claims',
      action: 'read',
      outcome,
      allowed: outcome === 'allow',
      reason: 'granted',
      reasonCode: 'granted',
    }),
  };
}

/** A secret of 32 bytes for tests. */
export const testSecret = {
  kid: 'test-1',
  secret: Uint8Array.from({ length: 32 }, (_, at) => (at * 37 + 11) % 251),
};

/** A log over a memory store. */
export function aLog(parts: Partial<EvidenceLogOptions> = {}): Promise<EvidenceLog> {
  return openEvidenceLog({
    store: createMemoryStore(),
    origin: 'example.com/log',
    writer: 'test',
    hmac: testSecret,
    ...parts,
  });
}
