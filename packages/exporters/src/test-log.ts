import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { EvidenceContext, RecordDraft } from '@spanforge/core-events';
import { createMemoryStore, type EvidenceLog, openEvidenceLog } from '@spanforge/core-events/log';
import { createDisclosure } from '@spanforge/core-signing';

export const ORIGIN = 'example.org/exports';

export const context: EvidenceContext = {
  tenant: 'acme',
  project: 'claims',
  env: 'prod',
  run: 'run-1',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  agent: 'claims-agent',
  actor: 'user-7',
  source: 'test@1.0.0',
};

export function openLog(): Promise<EvidenceLog> {
  return openEvidenceLog({
    store: createMemoryStore(),
    origin: ORIGIN,
    writer: 'test',
    hmac: { kid: 'first', secret: randomBytes(32) },
  });
}

/** Records of the types that formats treat differently. */
export function drafts(tenant = 'acme'): readonly RecordDraft[] {
  const at = { ...context, tenant };
  const args = createDisclosure({
    name: 'args',
    value: { to: 'mallory@example.com', amount: 250 },
    salt: randomBytes(16),
  });
  return [
    {
      type: 'spanforge.policy.decision.v1',
      context: at,
      policy: { id: 'refunds', version: '3', digest: 'ab'.repeat(32) },
      body: {
        service: 'sf_govern',
        control: 'tool_call',
        tool: 'pay',
        outcome: 'human_review',
        matched: true,
        rules: [],
        reason: 'More than 200 needs a person | a=b\nCEF:0|fake',
        reason_code: 'rule_triggered',
      },
    },
    {
      type: 'spanforge.execution.ended.v1',
      context: at,
      body: {
        call_id: 'call-1',
        tool: 'pay',
        status: 'completed',
        executed: true,
        outcome: 'allow+log',
        reason: 'approved',
        reason_code: 'approved',
        decisions: [],
        duration_ms: 125,
        values: { args: args.digest },
      },
      disclosures: [args],
    },
    {
      type: 'spanforge.detection.secrets.v1',
      context: at,
      body: {
        subject: 'output',
        findings: [{ type: 'aws_access_key', place: 'result', count: 1, confidence: 0.95 }],
        finding_count: 1,
        always_blocking: 1,
      },
    },
    {
      type: 'spanforge.gate.v1',
      context: at,
      body: {
        kind: 'verdict',
        gate_id: 'secrets',
        gate_type: 'secrets_scan',
        verdict: 'FAIL',
        blocking: true,
        reason: 'one secret',
        reason_code: 'secrets_found',
        metrics: { findings: 1 },
      },
    },
    {
      type: 'spanforge.span.v1',
      context: at,
      body: {
        kind: 'model',
        name: 'chat',
        duration_ms: 900,
        status: 'ok',
        model: 'small-1',
        input_tokens: 90,
        output_tokens: 12,
      },
    },
  ];
}

export async function filledLog(rounds = 1): Promise<EvidenceLog> {
  const log = await openLog();
  for (let i = 0; i < rounds; i += 1) await log.append(drafts());
  return log;
}

export function ed25519Jwk() {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
}
