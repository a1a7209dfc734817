import type {
  EvidenceContext,
  PolicyDecider,
  PolicyRequest,
  PolicyVerdict,
} from '@spanforge/core-events';
import { createMemoryStore, type EvidenceLog, openEvidenceLog } from '@spanforge/core-events/log';

export const CONTEXT: EvidenceContext = {
  tenant: 'acme',
  project: 'claims',
  env: 'test',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'claims-agent',
  actor: 'user-1',
  source: 'tests@1.0.0',
};

export function openLog(): Promise<EvidenceLog> {
  return openEvidenceLog({
    store: createMemoryStore(),
    origin: 'log.example/acme',
    writer: 'tests',
    hmac: { kid: 'k1', secret: crypto.getRandomValues(new Uint8Array(32)) },
  });
}

export function verdict(parts: Partial<PolicyVerdict> = {}): PolicyVerdict {
  return {
    outcome: 'allow',
    obligations: [],
    reason: 'a rule said so',
    reasonCode: 'rule',
    matched: true,
    rules: [],
    policy: { id: 'claims-policy', version: '2026.05.02', digest: 'd'.repeat(64) },
    ...parts,
  };
}

/** The documented rule: under the threshold, the action applies. */
export function thresholdPolicy(
  threshold: number,
): PolicyDecider & { readonly asked: PolicyRequest[] } {
  const asked: PolicyRequest[] = [];
  return {
    asked,
    async decide(request) {
      asked.push(request);
      const under = request.observed !== undefined && request.observed < threshold;
      return verdict({ outcome: under ? 'human_review' : 'allow', matched: under });
    },
  };
}
