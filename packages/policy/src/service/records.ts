import type {
  Discloser,
  EvidenceContext,
  PolicyVerdict,
  RecordDraft,
  RuleFinding,
} from '@spanforge/core-events';
import {
  type PolicyLifecycleBody,
  policyDecisionV1,
  policyLifecycleV1,
} from '@spanforge/core-events/records';
import { bundleReference, type PolicyBundle } from '../bundle/bundle.js';
import type { Snapshot } from './snapshot.js';

/** The record of a decision; everything that was asked is one disclosure, named `request`. */
export function decisionDraft(
  { service, control, copy, text }: Snapshot,
  verdict: PolicyVerdict,
  context: EvidenceContext,
  disclose: Discloser,
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
    values: request && { request: request.digest },
  });
  const draft: { -readonly [Part in keyof RecordDraft]: RecordDraft[Part] } = {
    type: policyDecisionV1.key,
    context,
    body,
    disclosures: request ? [request] : [],
  };
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

/** UTF-16 units of a bundle in one record; escaped and in UTF-8 they stay under its size limit. */
const PART_LENGTH = 16_000;

/** The records of a step in a bundle's life; one that governs carries the bundle itself, in parts. */
export function lifecycleDrafts(
  step: Step,
  bundle: PolicyBundle,
  context: EvidenceContext,
  more: { readonly previousDigest?: string | undefined; readonly carry?: boolean } = {},
): readonly RecordDraft[] {
  const head = {
    step,
    policyId: bundle.policyId,
    version: bundle.version,
    environment: bundle.environment,
    digest: bundle.digest,
    effectiveAt: bundle.effectiveAt,
    ...(more.previousDigest === undefined ? {} : { previousDigest: more.previousDigest }),
  };
  const parts = more.carry === true ? split(bundle.canonical) : [undefined];
  return parts.map((text, index) => ({
    type: policyLifecycleV1.key,
    context,
    policy: bundleReference(bundle),
    body: policyLifecycleV1.toWire({
      ...head,
      ...(text === undefined ? {} : { bundle: text }),
      ...(parts.length === 1 ? {} : { part: { number: index + 1, of: parts.length } }),
    }),
  }));
}

/** What is known of a bundle that was refused, and why. */
export interface Refusal {
  readonly policyId: string;
  readonly version: string;
  readonly environment: string;
  readonly digest?: string;
  readonly reason: string;
  readonly reasonCode: string;
}

export function refusalDraft(refusal: Refusal, context: EvidenceContext): RecordDraft {
  const body = policyLifecycleV1.toWire({ step: 'refused', ...refusal });
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
