import type { EvidenceRecord, Outcome, PolicyReference, RecordMode } from '@spanforge/core-events';
import {
  executionEndedV1,
  executionStartedV1,
  policyDecisionV1,
  rbacV1,
  reviewRequestedV1,
  scopeV1,
} from '@spanforge/core-events/records';
import { objectOf, objectsOf, outcomeIn, textOf } from './body.js';

/** A rule that took part in a decision. */
export interface RuleNote {
  readonly ruleId: string;
  readonly action: string;
  readonly finding: string;
  readonly reason: string;
}

/** One control's decision, as its record states it. */
export interface ControlFinding {
  readonly index: number;
  readonly id: string;
  /** Service and control, such as `sf_scope/capability_enforcement`; else the record type. */
  readonly control: string;
  readonly mode: RecordMode;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly reasonCode: string;
  readonly rules: readonly RuleNote[];
  readonly policy?: PolicyReference;
}

/** `no_evidence`: no records. `undecided`: there are records, but no live decision. */
export type TraceOutcome = Outcome | 'no_evidence' | 'undecided';

const CONTROLS: ReadonlyMap<string, string> = new Map([
  [scopeV1.key, 'sf_scope/capability_enforcement'],
  [rbacV1.key, 'sf_rbac/role_enforcement'],
  ['spanforge.grounding.v1', 'sf_rag/grounding_threshold'],
  ['spanforge.explanation.v1', 'sf_explain/explanation_generation'],
  ['spanforge.lineage.v1', 'sf_lineage/lineage_capture'],
  ['spanforge.validate.v1', 'sf_validate/output_validation'],
]);

const EXECUTION: ReadonlySet<string> = new Set([executionStartedV1.key, executionEndedV1.key]);

/** The service that writes this record type; undefined for other types. */
export function serviceOf({ type }: EvidenceRecord): string | undefined {
  return CONTROLS.get(type)?.split('/')[0];
}

function controlOf(record: EvidenceRecord): string {
  if (record.type === policyDecisionV1.key) {
    const { body } = record;
    return `${textOf(body, 'service') ?? 'unknown'}/${textOf(body, 'control') ?? 'unknown'}`;
  }
  return CONTROLS.get(record.type) ?? record.type;
}

function policyOf(record: EvidenceRecord): PolicyReference | undefined {
  if (record.policy) return record.policy;
  const answer = objectOf(record.body, 'policy');
  if (!answer) return undefined;
  const [id, version, digest] = ['id', 'version', 'digest'].map((name) => textOf(answer, name));
  return id === undefined || version === undefined || digest === undefined
    ? undefined
    : { id, version, digest };
}

/** The decision a record states, when it states one. */
export function decisionIn(record: EvidenceRecord): ControlFinding | undefined {
  const outcome = outcomeIn(record);
  if (outcome === undefined || EXECUTION.has(record.type)) return undefined;
  const policy = policyOf(record);
  return {
    index: record.index,
    id: record.id,
    control: controlOf(record),
    mode: record.mode,
    outcome,
    reason: textOf(record.body, 'reason') ?? '',
    reasonCode: textOf(record.body, 'reason_code') ?? '',
    rules: objectsOf(record.body, 'rules').map((rule) => ({
      ruleId: textOf(rule, 'rule_id') ?? '',
      action: textOf(rule, 'action') ?? '',
      finding: textOf(rule, 'finding') ?? '',
      reason: textOf(rule, 'reason') ?? '',
    })),
    ...(policy ? { policy } : {}),
  };
}

/** The outcome that a record has, whether it is a decision, a call or a request for review. */
export function effectOf(record: EvidenceRecord): Outcome | undefined {
  return record.type === reviewRequestedV1.key ? 'human_review' : outcomeIn(record);
}

/** Whether a record's decision demands that something be redacted. */
export function isRedacted(record: EvidenceRecord): boolean {
  return (
    outcomeIn(record) === 'redact' ||
    objectsOf(record.body, 'obligations').some(({ kind }) => kind === 'redact')
  );
}

/** Digests of the bundles a record's decision rests on. */
export function policyDigestOf(record: EvidenceRecord): string | undefined {
  return policyOf(record)?.digest;
}
