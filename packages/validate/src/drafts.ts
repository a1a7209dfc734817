import type { RecordDraft } from '@spanforge/core-events';
import {
  detectionPiiV1,
  detectionSecretsV1,
  validateCorrectionV1,
  validateV1,
} from '@spanforge/core-events/records';
import {
  DetectError,
  type DetectOptions,
  detectFields,
  type FieldFinding,
} from '@spanforge/detect';
import { type DatasetComplianceReport, reportDigest, reportSubject } from './dataset/report.js';
import type { ValidationResult } from './event/enforce-event.js';
import { countViolations, draftDetections, draftFor, MAX_LISTED } from './output/draft-output.js';
import type { ValidateCall } from './types.js';

// Names of the envelope only: a payload may contain governed text, in its names too.
const EVENT_NAMES: ReadonlySet<string> = new Set(
  (
    'schema_version event_id event_type timestamp source payload trace_id span_id parent_span_id ' +
    'org_id team_id actor_id session_id tags checksum signature prev_id'
  ).split(' '),
);

function searched(event: unknown, options: DetectOptions): readonly FieldFinding[] {
  try {
    // The signature of an event is no secret; every other text of it may hold one.
    return detectFields(event, options).filter(({ path }) => path[0] !== 'signature');
  } catch (error) {
    if (DetectError.is(error)) return [];
    throw error;
  }
}

function placeOfChange(path: string): string {
  const name = /^\$\.([a-z_]{1,64})$/.exec(path)?.[1];
  return name !== undefined && EVENT_NAMES.has(name) ? path : '$.*';
}

/** The records of one event's validation. */
export function draftEvent(
  event: unknown,
  result: ValidationResult,
  { call, detect }: { readonly call: ValidateCall; readonly detect: DetectOptions },
): readonly RecordDraft[] {
  const { valid, mode, violations, changes = [] } = result;
  const names = EVENT_NAMES;
  const detections = draftDetections('event', searched(event, detect), { call, names });
  const correction = draftFor(call, {
    type: validateCorrectionV1.key,
    body: validateCorrectionV1.toWire({
      ...{ subject: 'event', pass: 1, valid, changeCount: changes.length },
      changes: changes
        .slice(0, MAX_LISTED)
        .map(({ op, path, rule }) => ({ op, rule, place: placeOfChange(path) })),
    }),
  });
  const refused = !valid && mode !== 'warn';
  const body = validateV1.toWire({
    ...{ subject: 'event', mode, valid },
    violations: countViolations(violations, names).slice(0, MAX_LISTED),
    violationCount: violations.length,
    corrections: changes.length > 0 ? 1 : 0,
    outcome: refused ? 'block' : 'allow',
    reason: valid ? 'the event is valid' : 'the event is not valid',
    reasonCode: valid ? 'valid' : 'invalid',
  });
  return [
    ...detections,
    ...(changes.length > 0 ? [correction] : []),
    draftFor(call, { type: validateV1.key, body }),
  ];
}

/** The records of a data set's scan: findings, results of the clauses, and both digests. */
export function draftDataset(
  report: DatasetComplianceReport,
  call: ValidateCall,
): readonly RecordDraft[] {
  const { dataset, findings, clauses, status } = report;
  const reportSha256 = reportDigest(report);
  const detections = [detectionPiiV1, detectionSecretsV1].flatMap((type) => {
    const family = type === detectionPiiV1 ? 'pii' : 'secret';
    const found = findings.filter((finding) => finding.family === family);
    if (found.length === 0) return [];
    const sum = (of: typeof found) => of.reduce((total, { count }) => total + count, 0);
    const body = type.toWire({
      subject: 'dataset',
      findings: found.slice(0, MAX_LISTED).map(({ type: kind, count, confidence }) => ({
        type: kind,
        place: '$',
        count,
        confidence,
      })),
      findingCount: sum(found),
      alwaysBlocking: sum(found.filter(({ alwaysBlocking }) => alwaysBlocking)),
    });
    return [draftFor(call, { type: type.key, body })];
  });
  const failed = clauses.filter((clause) => clause.status === 'failed');
  const body = validateV1.toWire({
    subject: 'dataset',
    valid: status === 'passed',
    violations: failed.map(({ clause }) => ({
      rule: `article_10.${clause}`,
      place: '$',
      count: 1,
    })),
    violationCount: failed.length,
    clauses: clauses.map(({ clause, status: came }) => ({ clause, status: came })),
    ...(dataset.sha256 === null ? {} : { inputSha256: dataset.sha256 }),
    reportSha256,
    subjects: [
      reportSubject(report),
      ...(dataset.sha256 === null ? [] : [`input:${dataset.sha256}`]),
    ],
    outcome: 'allow+log',
    reason: `the data set ${status === 'passed' ? 'passed' : status === 'failed' ? 'failed' : 'could not be assessed in whole'}`,
    reasonCode: status,
  } as Parameters<typeof validateV1.toWire>[0]);
  return [...detections, draftFor(call, { type: validateV1.key, body })];
}
