import type { EvidenceRecord, Outcome } from '@spanforge/core-events';

/** The parts of a record that every format has a field for, without the content of calls. */
export interface RecordSummary {
  /** A short title, such as `execution.ended`. */
  readonly title: string;
  readonly outcome: Outcome | undefined;
  readonly tool: string | undefined;
  readonly resource: string | undefined;
  readonly action: string | undefined;
  readonly callId: string | undefined;
  readonly status: string | undefined;
  readonly reason: string | undefined;
  readonly reasonCode: string | undefined;
  readonly durationMs: number | undefined;
  /** Something a security team wants to see as a finding. */
  readonly finding: 'detection' | 'compliance' | undefined;
  readonly severity: SiemSeverity;
}

/** The severity. `info` needs no attention. */
export type SiemSeverity = 'info' | 'low' | 'medium' | 'high' | 'critical';

const OUTCOMES: readonly string[] = ['allow', 'allow+log', 'redact', 'human_review', 'block'];

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

const OF_OUTCOME: Readonly<Record<string, SiemSeverity>> = {
  allow: 'info',
  'allow+log': 'info',
  redact: 'low',
  human_review: 'medium',
  block: 'medium',
};

const OF_GATE: Readonly<Record<string, SiemSeverity>> = {
  PASS: 'info',
  SKIPPED: 'info',
  WARN: 'low',
  INCONCLUSIVE: 'medium',
  FAIL: 'high',
};

function findingOf(type: string): RecordSummary['finding'] {
  if (type.startsWith('spanforge.detection.') || type.startsWith('spanforge.governance.')) {
    return 'detection';
  }
  if (type === 'spanforge.gate.v1' || type === 'spanforge.validate.v1') return 'compliance';
  return undefined;
}

function severityOf({ type, body }: EvidenceRecord): SiemSeverity {
  if (type.startsWith('spanforge.detection.')) {
    return (number(body.always_blocking) ?? 0) > 0 ? 'critical' : 'high';
  }
  if (type === 'spanforge.governance.violation.v1') return 'high';
  if (type.startsWith('spanforge.audit.') || type === 'spanforge.key.revoked.v1') return 'high';
  if (type === 'spanforge.gate.v1') return OF_GATE[text(body.verdict) ?? ''] ?? 'high';
  if (type === 'spanforge.validate.v1' && body.valid === false) return 'high';
  if (body.status === 'failed' || body.status === 'timed_out') return 'low';
  return OF_OUTCOME[text(body.outcome) ?? 'allow'] ?? 'medium';
}

/** Reads the summary of a record. */
export function summarize(record: EvidenceRecord): RecordSummary {
  const { type, body } = record;
  const outcome = text(body.outcome);
  return {
    title: type.replace(/^spanforge\./, '').replace(/\.v\d+$/, ''),
    outcome: OUTCOMES.includes(outcome ?? '') ? (outcome as Outcome) : undefined,
    tool: text(body.tool) ?? (body.kind === 'tool' ? text(body.name) : undefined),
    resource: text(body.resource) ?? text(body.subject),
    action: text(body.action),
    callId: text(body.call_id),
    status: text(body.status) ?? text(body.resolution) ?? text(body.verdict),
    reason: text(body.reason),
    reasonCode: text(body.reason_code),
    durationMs: number(body.duration_ms),
    finding: findingOf(type),
    severity: severityOf(record),
  };
}
