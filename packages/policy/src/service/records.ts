import type {
  Discloser,
  EvidenceContext,
  PolicyRequest,
  PolicyVerdict,
  RecordDraft,
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
  const disclosures = text === undefined ? [] : [disclose.canonical('request', text)];
  const body = policyDecisionV1.toWire({
    service,
    control,
    ...pick(copy),
    outcome,
    ...(obligations.length === 0 ? {} : { obligations: [...obligations] }),
    matched,
    rules: rules.map(({ values: _values, ...finding }) => finding),
    reason,
    reasonCode,
    ...(disclosures[0] === undefined ? {} : { values: { request: disclosures[0].digest } }),
  });
  return {
    type: policyDecisionV1.key,
    context,
    ...(policy === undefined ? {} : { policy }),
    ...(stateSize === undefined ? {} : { stateSize }),
    body,
    disclosures,
  };
}

/** What of a request may stand in the record itself: names, never arguments. */
function pick(request: PolicyRequest | undefined) {
  const { tool, resource, action, observed } = request ?? {};
  return {
    ...(tool === undefined ? {} : { tool }),
    ...(resource === undefined ? {} : { resource }),
    ...(action === undefined ? {} : { action }),
    ...(observed === undefined ? {} : { observed }),
  };
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
