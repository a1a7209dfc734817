import type { EvidenceRecord } from '@spanforge/core-events';
import { canonicalize, sha256, toHex, utf8 } from '@spanforge/core-signing';
import type { ExportRecord } from './sink.js';
import { type RecordSummary, type SiemSeverity, summarize } from './summary.js';

/** The version of the schema that {@link toOcsf} writes. */
export const OCSF_VERSION = '1.9.0';

/** The product fields of an OCSF event. */
export interface OcsfOptions {
  /** Name of the log, as its checkpoints carry it. */
  readonly origin: string;
  /** Version of the product; `0.0.0` when absent. */
  readonly productVersion?: string;
}

/** An event in wire form. */
export type OcsfEvent = Readonly<Record<string, unknown>>;

const SEVERITY: Readonly<Record<SiemSeverity, number>> = {
  info: 1,
  low: 2,
  medium: 3,
  high: 4,
  critical: 5,
};

/** The status of an activity: how the call ended. */
const SUCCEEDED: ReadonlySet<string> = new Set(['completed', 'ok', 'approved', 'PASS']);
const FAILED: ReadonlySet<string> = new Set([
  'failed',
  'blocked',
  'held',
  'withheld',
  'cancelled',
  'timed_out',
  'error',
  'rejected',
  'FAIL',
]);

/** Allowed, denied and modified; a held call is denied for now. */
const ACTION: Readonly<Record<string, number>> = {
  allow: 1,
  'allow+log': 1,
  redact: 4,
  human_review: 2,
  block: 2,
};

/** Allowed, blocked, corrected (masked) and delayed. */
const DISPOSITION: Readonly<Record<string, number>> = {
  allow: 1,
  'allow+log': 17,
  redact: 11,
  human_review: 14,
  block: 2,
};

const CATEGORY = { application: 6, findings: 2 } as const;
const CLASS = { apiActivity: 6003, complianceFinding: 2003, detectionFinding: 2004 } as const;

/**
 * One record as an OCSF event: API Activity (6003) for what happened and was decided, Detection
 * Finding (2004) for detections and violations, Compliance Finding (2003) for gates and validations.
 * Profiles: `ai_operation` (activities), `security_control`, `trace` and `record_integrity`.
 *
 * `metadata.original_event_uid` is the record's id and `raw_data_hash` its leaf hash in the log; the
 * attestation's fingerprint is the SHA-256 of this event's canonical JSON (RFC 8785) without
 * `attestation_list`.
 */
export function toOcsf(exported: ExportRecord, options: OcsfOptions): OcsfEvent {
  const summary = summarize(exported.record);
  const event = { ...common(exported, summary, options), ...ofClass(exported.record, summary) };
  return { ...event, attestation_list: [attestation(event, exported.record, options)] };
}

function common(
  { record, values }: ExportRecord,
  summary: RecordSummary,
  { origin, productVersion = '0.0.0' }: OcsfOptions,
): OcsfEvent {
  const { context } = record;
  const activities = summary.finding === undefined;
  const status = summary.status ?? '';
  return {
    time: Date.parse(record.time),
    severity_id: SEVERITY[summary.severity],
    message: summary.reason ?? summary.title,
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'SpanForge', vendor_name: 'SpanForge', version: productVersion },
      profiles: [
        ...(activities ? ['ai_operation', 'trace'] : []),
        'security_control',
        'record_integrity',
      ],
      uid: record.id,
      original_event_uid: record.id,
      original_time: record.time,
      event_code: record.type,
      log_name: origin,
      sequence: record.index,
      tenant_uid: context.tenant,
      correlation_uid: context.traceId,
      labels: [`env:${context.env}`, `project:${context.project}`, `mode:${record.mode}`],
    },
    raw_data_hash: {
      algorithm: 'RFC 6962 leaf, SHA-256',
      algorithm_id: 99,
      encoding_id: 1,
      value: toHex(record.leaf),
    },
    ...(activities ? activityStatus(status) : { status_id: 1 }),
    ...(summary.reasonCode === undefined ? {} : { status_code: summary.reasonCode }),
    ...(summary.outcome === undefined
      ? {}
      : {
          action_id: ACTION[summary.outcome] ?? 0,
          disposition_id: DISPOSITION[summary.outcome] ?? 0,
        }),
    ...(record.policy === undefined
      ? {}
      : {
          policy: {
            uid: record.policy.id,
            name: record.policy.id,
            version: record.policy.version,
            is_applied: true,
          },
        }),
    ...(values.length === 0
      ? {}
      : {
          unmapped: { values: Object.fromEntries(values.map(({ name, value }) => [name, value])) },
        }),
  };
}

function activityStatus(status: string): OcsfEvent {
  if (SUCCEEDED.has(status)) return { status_id: 1, status: 'Success' };
  if (FAILED.has(status)) return { status_id: 2, status: 'Failure' };
  return status === '' ? { status_id: 0 } : { status_id: 99, status };
}

function ofClass(record: EvidenceRecord, summary: RecordSummary): OcsfEvent {
  if (summary.finding === undefined) return apiActivity(record, summary);
  return finding(record, summary, summary.finding);
}

/**
 * A call that reads is `Read`; one that may write is `Update`, the nearest activity; any other is
 * `Other`.
 */
function activityOf({ type, body }: EvidenceRecord): readonly [id: number, name?: string] {
  if (type.startsWith('spanforge.execution.')) {
    if (body.effect === 'read') return [2];
    if (body.effect === 'write') return [3];
  }
  return [99, type];
}

function apiActivity(record: EvidenceRecord, summary: RecordSummary): OcsfEvent {
  const { context, body } = record;
  const [activity, name] = activityOf(record);
  return {
    category_uid: CATEGORY.application,
    class_uid: CLASS.apiActivity,
    activity_id: activity,
    ...(name === undefined ? {} : { activity_name: name }),
    type_uid: CLASS.apiActivity * 100 + activity,
    actor: { user: { uid: context.actor, type_id: 0 }, app_name: context.agent },
    api: {
      operation: summary.tool ?? summary.action ?? summary.title,
      service: { name: context.source },
      ...(summary.callId === undefined ? {} : { request: { uid: summary.callId } }),
    },
    src_endpoint: { svc_name: context.agent },
    ai_agent: { uid: context.agent, name: context.agent, instance_uid: context.run },
    trace: {
      uid: context.traceId,
      ...(summary.durationMs === undefined ? {} : { duration: Math.round(summary.durationMs) }),
    },
    ...(summary.resource === undefined
      ? {}
      : { resources: [{ name: summary.resource, role_id: 1 }] }),
    ...(typeof body.matched === 'boolean' && summary.outcome !== undefined
      ? { authorizations: [{ decision: summary.outcome }] }
      : {}),
  };
}

function finding(
  record: EvidenceRecord,
  summary: RecordSummary,
  kind: 'detection' | 'compliance',
): OcsfEvent {
  const { context, body } = record;
  const uid = kind === 'detection' ? CLASS.detectionFinding : CLASS.complianceFinding;
  const agent = { ai_agent: { uid: context.agent, name: context.agent } };
  return {
    category_uid: CATEGORY.findings,
    class_uid: uid,
    activity_id: 1,
    type_uid: uid * 100 + 1,
    finding_info: {
      uid: record.id,
      title: titleOf(record, summary),
      types: typesOf(body),
      created_time: Date.parse(record.time),
      ...(summary.reason === undefined ? {} : { desc: summary.reason }),
    },
    ...(kind === 'compliance'
      ? { compliance: compliance(record, summary) }
      : {
          is_alert: summary.severity !== 'info',
          evidences: [
            {
              ...agent,
              actor: { user: { uid: context.actor, type_id: 0 } },
              ...(summary.resource === undefined ? {} : { name: summary.resource }),
            },
          ],
        }),
  };
}

function typesOf({ findings, violation }: EvidenceRecord['body']): readonly string[] {
  if (typeof violation === 'string') return [violation];
  if (!Array.isArray(findings)) return [];
  return [...new Set(findings.map(({ type }: { type: string }) => type))];
}

function titleOf({ body }: EvidenceRecord, { title }: RecordSummary): string {
  const subject = body.violation ?? body.gate_id ?? body.subject;
  return typeof subject === 'string' ? `${title}: ${subject}` : title;
}

const COMPLIANCE: Readonly<Record<string, number>> = {
  PASS: 1,
  WARN: 2,
  FAIL: 3,
  SKIPPED: 0,
  INCONCLUSIVE: 0,
};

function compliance({ body }: EvidenceRecord, summary: RecordSummary): OcsfEvent {
  const control = body.gate_type ?? body.subject;
  const verdict =
    typeof body.verdict === 'string' ? body.verdict : body.valid === true ? 'PASS' : 'FAIL';
  return {
    standards: ['SpanForge release gates and validations'],
    control: typeof control === 'string' ? control : summary.title,
    status_id: COMPLIANCE[verdict] ?? 99,
    ...(COMPLIANCE[verdict] === undefined ? { status: verdict } : {}),
    ...(summary.reason === undefined ? {} : { status_detail: summary.reason }),
  };
}

function attestation(event: OcsfEvent, record: EvidenceRecord, { origin }: OcsfOptions): OcsfEvent {
  return {
    uid: record.id,
    authority_uid: origin,
    chain_uid: origin,
    fingerprint: {
      algorithm_id: 3,
      algorithm: 'SHA-256',
      encoding_id: 1,
      serialization_id: 2,
      value: toHex(sha256(utf8(canonicalize(event)))),
    },
  };
}
