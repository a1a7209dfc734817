import type {
  Discloser,
  EvidenceContext,
  RecordDraft,
  RecordMode,
  RuleFinding,
} from '@spanforge/core-events';
import {
  type PolicyLifecycleBody,
  policyDecisionV1,
  policyLifecycleV1,
} from '@spanforge/core-events/records';
import type { EnvelopeSignature } from '@spanforge/core-signing';
import type { PolicyBundle } from '../bundle/bundle.js';
import type { DecidedRequest } from './decide-request.js';
import type { RequestSnapshot } from './request-snapshot.js';

/** The record of a decision; everything that was asked is one disclosure, named `request`. */
export function decisionDraft(
  { service, control, copy }: RequestSnapshot,
  { verdict, text }: Pick<DecidedRequest, 'verdict' | 'text'>,
  context: EvidenceContext,
  disclose: Discloser,
  more: { readonly mode?: RecordMode; readonly auditProbability?: number } = {},
): RecordDraft {
  const { outcome, obligations, matched, reason, reasonCode, rules, policy, stateSize } = verdict;
  const request = text === undefined ? undefined : disclose.canonical('request', text);
  const body = policyDecisionV1.toWire({
    service,
    control,
    // What of a request may stand in the record itself: names, never arguments.
    tool: copy?.tool,
    resource: copy?.resource,
    action: copy?.action,
    observed: copy?.observed,
    outcome,
    obligations: obligations.length === 0 ? undefined : obligations,
    matched,
    rules: rules.map(recordedFinding),
    reason,
    reasonCode,
    auditProbability: more.auditProbability,
    values: request && { request: request.digest },
  });
  const draft: { -readonly [Part in keyof RecordDraft]: RecordDraft[Part] } = {
    type: policyDecisionV1.key,
    context,
    body,
    disclosures: request ? [request] : [],
  };
  if (more.mode !== undefined) draft.mode = more.mode;
  if (policy !== undefined) draft.policy = policy;
  if (stateSize !== undefined) draft.stateSize = stateSize;
  return draft;
}

/** A finding without the values its condition read: those are in the request. */
function recordedFinding(found: RuleFinding) {
  const { ruleId, action, finding, reason, comparator, threshold, observed } = found;
  return { ruleId, action, finding, reason, comparator, threshold, observed };
}

type Step = PolicyLifecycleBody['step'];

/** What a step says beside the bundle it is about. */
export interface StepDetails {
  readonly stage?: 'shadow' | 'enforce' | undefined;
  readonly previousDigest?: string | undefined;
  readonly sourceEnvironment?: string | undefined;
  readonly sourceDigest?: string | undefined;
  readonly reason?: string | undefined;
  readonly signatures?: readonly EnvelopeSignature[] | undefined;
  /** The log size up to which the state had been read when the step was decided. */
  readonly stateSize?: number | undefined;
  /** Whether the record is to carry the bundle itself. */
  readonly carry?: boolean;
}

/** What of a bundle a step names. */
export type StepSubject = Pick<PolicyBundle, 'policyId' | 'version' | 'environment' | 'digest'> &
  Partial<Pick<PolicyBundle, 'effectiveAt' | 'canonical'>>;

/** UTF-16 units of a bundle in one record; escaped and in UTF-8 they stay under its size limit. */
const PART_LENGTH = 16_000;

/** The records of a step in a bundle's life; one that governs carries the bundle itself, in parts. */
export function lifecycleDrafts(
  step: Step,
  subject: StepSubject,
  context: EvidenceContext,
  more: StepDetails = {},
): readonly RecordDraft[] {
  const { policyId, version, environment, digest, effectiveAt, canonical = '' } = subject;
  const { carry = false, stateSize, signatures, stage, ...rest } = more;
  const head = { step, policyId, version, environment, digest, effectiveAt, ...rest };
  const texts = carry ? split(canonical) : [undefined];
  return texts.map((bundle, index) => {
    const isLast = index === texts.length - 1;
    const body = policyLifecycleV1.toWire({
      ...head,
      // Absent where it is what is meant anyway.
      stage: stage === 'shadow' ? stage : undefined,
      bundle,
      part: texts.length === 1 ? undefined : { number: index + 1, of: texts.length },
      signatures: isLast ? signatures : undefined,
    } as PolicyLifecycleBody);
    return {
      type: policyLifecycleV1.key,
      context,
      ...(digest === '' ? {} : { policy: { id: policyId, version, digest } }),
      ...(stateSize === undefined ? {} : { stateSize }),
      body,
    };
  });
}

/** What is known of a bundle that was refused, and why. */
export interface RefusedChange {
  readonly policyId: string;
  readonly version: string;
  readonly environment: string;
  readonly digest?: string;
  readonly stage?: 'shadow' | 'enforce';
  /** What was asked for. */
  readonly attempt: string;
  readonly reason: string;
  readonly reasonCode: string;
}

export function refusalDraft(refusal: RefusedChange, context: EvidenceContext): RecordDraft {
  const { stage, ...rest } = refusal;
  const shadow = stage === 'shadow' ? { stage } : {};
  const body = policyLifecycleV1.toWire({ step: 'refused', ...rest, ...shadow });
  return { type: policyLifecycleV1.key, context, body };
}

/** Cuts a text into parts, never between the halves of a surrogate pair. */
function split(text: string): readonly string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + PART_LENGTH, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
}
