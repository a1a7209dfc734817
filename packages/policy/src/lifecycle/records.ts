import {
  type Discloser,
  type Disclosure,
  type EvidenceContext,
  type RecordDraft,
  type RecordMode,
  type RuleFinding,
  strictness,
} from '@spanforge/core-events';
import {
  type PolicyLifecycleBody,
  policyDecisionV1,
  policyLifecycleV1,
} from '@spanforge/core-events/records';
import { type EnvelopeSignature, utf8 } from '@spanforge/core-signing';
import type { PolicyBundle } from '../bundle/bundle.js';
import type { DecidedRequest } from './decide-request.js';
import type { RequestSnapshot } from './request-snapshot.js';

/** What the record of a decision says beside the request and the verdict. */
interface DecisionDetails {
  readonly application?: string | undefined;
  readonly mode?: RecordMode;
  readonly auditProbability?: number;
}

/**
 * The record of a decision; what was asked is one disclosure, named `request`, and arguments and a
 * result that came disclosed are named beside it by their digests.
 */
export function decisionDraft(
  { service, control, copy, committed = [] }: RequestSnapshot,
  { verdict, text, counted = [] }: Pick<DecidedRequest, 'verdict' | 'text' | 'counted'>,
  context: EvidenceContext,
  disclose: Discloser,
  more: DecisionDetails = {},
): RecordDraft {
  const { outcome, obligations, matched, reason, reasonCode, rules, policy, stateSize } = verdict;
  const request = text === undefined ? undefined : disclose.canonical('request', text);
  const findings = rules.map(recordedFinding);
  const kept = strictestThatFit(findings);
  // Its presence says that findings were left out of the record.
  const isWhole = kept.length === findings.length;
  const all = isWhole ? undefined : disclose('rules', wireFindings(findings));
  const disclosures = [...committed, request, all].filter((one) => one !== undefined);
  const body = policyDecisionV1.toWire({
    service,
    control,
    application: more.application,
    // What of a request may stand in the record itself: names, never arguments.
    tool: copy?.tool,
    resource: copy?.resource,
    action: copy?.action,
    observed: copy?.observed,
    outcome,
    obligations: obligations.length === 0 ? undefined : obligations,
    matched,
    rules: kept,
    reason,
    reasonCode,
    auditProbability: more.auditProbability,
    // What is refused is taken out of its counters again.
    counted: outcome === 'block' || counted.length === 0 ? undefined : counted,
    values: digestsOf(disclosures),
  });
  const draft: { -readonly [Part in keyof RecordDraft]: RecordDraft[Part] } = {
    type: policyDecisionV1.key,
    context,
    body,
    disclosures,
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

type RecordedFinding = ReturnType<typeof recordedFinding>;

/** Bytes of findings in one record, which holds 65,535 in all. */
const MAX_FINDINGS_BYTES = 40_000;

/** Bytes a character takes at most, escaped as JSON; and what the rest of a finding takes at most. */
const [MOST_BYTES, REST_BYTES] = [6, 300];

/** True where the findings fit, however their texts are escaped: so it is nearly always. */
function surelyFit(all: readonly RecordedFinding[]): boolean {
  let bytes = 0;
  for (const { ruleId, reason } of all) {
    bytes += (ruleId.length + reason.length) * MOST_BYTES + REST_BYTES;
  }
  return bytes <= MAX_FINDINGS_BYTES;
}

/** As many findings as a record can hold, the strictest first to stay; in the order of the rules. */
function strictestThatFit(all: readonly RecordedFinding[]): readonly RecordedFinding[] {
  if (surelyFit(all)) return all;
  const sizes = all.map((one) => utf8(JSON.stringify(one)).length);
  if (sizes.reduce((sum, size) => sum + size, 0) <= MAX_FINDINGS_BYTES) return all;
  const places = all.map((_, at) => at);
  const rank = (at: number): number => {
    const { action, finding } = all[at] ?? { action: 'allow', finding: 'shadow' };
    return finding === 'shadow' ? -1 : strictness(action);
  };
  places.sort((a, b) => rank(b) - rank(a) || a - b);
  const kept = new Set<number>();
  let length = 0;
  for (const at of places) {
    length += sizes[at] ?? 0;
    if (length > MAX_FINDINGS_BYTES) break;
    kept.add(at);
  }
  return all.filter((_, at) => kept.has(at));
}

/** Findings as they stand on the wire, without what is absent. */
function wireFindings(all: readonly RecordedFinding[]): unknown {
  return all.map(({ ruleId, ...rest }) => JSON.parse(JSON.stringify({ rule_id: ruleId, ...rest })));
}

function digestsOf(disclosures: readonly Disclosure[]): Record<string, string> | undefined {
  if (disclosures.length === 0) return undefined;
  const digests: Record<string, string> = {};
  for (const { name, digest } of disclosures) digests[name] = digest;
  return digests;
}

type Step = PolicyLifecycleBody['step'];

/** What a step says beside the bundle it is about. */
export interface StepDetails {
  readonly stage?: 'shadow' | 'enforce' | undefined;
  readonly application?: string | undefined;
  readonly previousDigest?: string | undefined;
  readonly sourceEnvironment?: string | undefined;
  readonly sourceDigest?: string | undefined;
  readonly reason?: string | undefined;
  readonly reasonCode?: string | undefined;
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
  readonly application?: string | undefined;
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
