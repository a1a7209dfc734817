import type { Discloser, Disclosure, RecordDraft } from '@spanforge/core-events';
import {
  type DetectionBody,
  detectionPiiV1,
  detectionSecretsV1,
  type ValidateBody,
  validateCorrectionV1,
  validateV1,
} from '@spanforge/core-events/records';
import type { FieldFinding } from '@spanforge/detect';
import type { ValidateCall } from '../types.js';
import type { Violation } from '../violation.js';
import type { Corrected, Pass } from './correct-output.js';
import { maskOutput } from './mask-output.js';
import { placeOf } from './place.js';

/** The largest number of entries of each kind in one record. */
export const MAX_LISTED = 50;

/** The inputs of drafts. */
export interface DraftParts {
  readonly call: ValidateCall;
  readonly names: ReadonlySet<string>;
  readonly disclose: Discloser;
}

type Subject = DetectionBody['subject'];

/** A draft in the context and mode of a call. */
export function draftFor(
  { context, mode }: ValidateCall,
  draft: Omit<RecordDraft, 'context' | 'mode'>,
): RecordDraft {
  return { ...draft, context, ...(mode === undefined ? {} : { mode }) };
}

/** Findings by type and place with their number, never the found text. */
export function countFindings(
  findings: readonly FieldFinding[],
  names: ReadonlySet<string>,
): DetectionBody['findings'] {
  const counted = new Map<string, DetectionBody['findings'][number]>();
  for (const { type, path, confidence } of findings) {
    const place = placeOf(path, names);
    const key = `${type} ${place}`;
    const there = counted.get(key) ?? { type, place, count: 0, confidence: 0 };
    counted.set(key, {
      ...{ type, place, count: there.count + 1 },
      confidence: Math.max(there.confidence, confidence),
    });
  }
  return [...counted.values()];
}

/** One record for each family with findings. */
export function draftDetections(
  subject: Subject,
  findings: readonly FieldFinding[],
  { call, names }: Pick<DraftParts, 'call' | 'names'>,
): readonly RecordDraft[] {
  return [detectionPiiV1, detectionSecretsV1].flatMap((type) => {
    const family = type === detectionPiiV1 ? 'pii' : 'secret';
    const found = findings.filter((finding) => finding.family === family);
    if (found.length === 0) return [];
    const body = type.toWire({
      subject,
      findings: countFindings(found, names).slice(0, MAX_LISTED),
      findingCount: found.length,
      alwaysBlocking: found.filter(({ alwaysBlocking }) => alwaysBlocking).length,
    });
    return [draftFor(call, { type: type.key, body })];
  });
}

/** Splits the text of a path into parts. */
const PART = /\.([A-Za-z_][A-Za-z0-9_]{0,127})|\[(\d{1,15})\]|\[("(?:[^"\\]|\\.){0,800}")\]/gs;

function placeOfText(path: string, names: ReadonlySet<string>): string {
  const parts = [...path.matchAll(PART)].map(([, name, index, quoted]) => {
    if (index !== undefined) return Number(index);
    return name ?? String(JSON.parse(quoted ?? '""'));
  });
  return placeOf(parts, names);
}

/** Violations by rule and place, each with how often. */
export function countViolations(
  violations: readonly Violation[],
  names: ReadonlySet<string>,
): ValidateBody['violations'] {
  const counted = new Map<string, ValidateBody['violations'][number]>();
  for (const { rule, path } of violations) {
    const place = placeOfText(path, names);
    const key = `${rule} ${place}`;
    counted.set(key, { rule, place, count: (counted.get(key)?.count ?? 0) + 1 });
  }
  return [...counted.values()];
}

function disclosed(
  name: string,
  { value, findings }: Corrected['check'],
  disclose: Discloser,
): readonly Disclosure[] {
  return value === undefined ? [] : [disclose(name, maskOutput(value, findings))];
}

const digestsOf = (disclosures: readonly Disclosure[]): Readonly<Record<string, string>> =>
  Object.fromEntries(disclosures.map(({ name, digest }) => [name, digest]));

function draftPass(
  { pass, changes, check }: Pass,
  { call, names, disclose }: DraftParts,
): RecordDraft {
  const disclosures = disclosed('corrected', check, disclose);
  const body = validateCorrectionV1.toWire({
    subject: 'output',
    pass,
    changes: changes
      .slice(0, MAX_LISTED)
      .map(({ op, path }) => ({ op, place: placeOf(path, names), rule: 'correction' })),
    changeCount: changes.length,
    valid: check.violations.length === 0,
    values: digestsOf(disclosures),
  });
  return draftFor(call, { type: validateCorrectionV1.key, body, disclosures });
}

/** The members of a validation's own record besides its violations. */
export type OutputConclusion = Omit<
  ValidateBody,
  'subject' | 'valid' | 'violations' | 'violationCount' | 'corrections' | 'values'
>;

/** All records of one validation: the findings of each check, each correction, and the result. */
export function draftOutput(
  corrected: Corrected,
  conclusion: OutputConclusion,
  parts: DraftParts,
): readonly RecordDraft[] {
  const { call, names, disclose } = parts;
  const { check, checks, passes } = corrected;
  const disclosures = disclosed('output', check, disclose);
  const { policy } = conclusion;
  const body = validateV1.toWire({
    ...conclusion,
    subject: 'output',
    valid: check.violations.length === 0,
    violations: countViolations(check.violations, names).slice(0, MAX_LISTED),
    violationCount: check.violations.length,
    corrections: passes.length,
    values: digestsOf(disclosures),
  });
  const last = draftFor(call, { type: validateV1.key, body, disclosures });
  return [
    ...checks.flatMap(({ findings }) => draftDetections('output', findings, parts)),
    ...passes.map((pass) => draftPass(pass, parts)),
    policy === undefined
      ? last
      : { ...last, policy: { id: policy.id, version: policy.version, digest: policy.digest } },
  ];
}
