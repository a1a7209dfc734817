import { type EvidenceReader, type EvidenceRecord, readRecords } from '@spanforge/core-events';
import { type PolicyDecisionBody, policyDecisionV1 } from '@spanforge/core-events/records';
import type { ControlName } from '../bundle/controls.js';
import { PolicyError } from '../error.js';
import { isReadable, NO_ACTIVATIONS } from './activation-history.js';
import { isFlagged } from './audit-sample.js';
import { type BundleScope, scopeKey } from './bundle-scope.js';
import type { LifecycleState } from './lifecycle-projection.js';
import { logUnreadable } from './log-unreadable.js';
import type { ReviewVerdict, StandingReview } from './review.js';

/** A measured value and the reviewers' label of its call; thresholds are suggested from these. */
export interface LabelledObservation {
  /** Id of the record of the decision, where there is one. */
  readonly decisionId?: string;
  /** What the rule compares with its threshold. */
  readonly observed: number;
  /** Whether the rule (the policy, where a control is asked about) flagged the call. */
  readonly flagged: boolean;
  /**
   * `true_positive` when the call should be flagged, `false_positive` when it should not,
   * `needs_tuning` when reviewers could not tell, `unlabelled` when the call was not drawn for review.
   */
  readonly label: ReviewVerdict | 'unlabelled';
  /**
   * The probability that the call came up for review: 1 when it was flagged, else that of the audit
   * sample. Absent when unknown; then no threshold can be suggested.
   */
  readonly samplingProbability?: number;
}

/** Which observations are asked for. */
export interface ObservationQuery {
  readonly environment: string;
  /** A rule: what it flagged counts as flagged. */
  readonly ruleId?: string;
  /** Where absent, that of the rule in the newest bundle of the environment that has it. */
  readonly control?: ControlName;
}

/** The same, with its control known. */
type Resolved = ObservationQuery & { readonly control: ControlName };

/** @throws {PolicyError} `POLICY_OPTIONS_INVALID`. */
export function resolveControl(
  query: ObservationQuery,
  state: LifecycleState,
  scope: BundleScope,
): Resolved {
  const { control, ruleId } = query;
  if (control !== undefined) return { ...query, control };
  const { active, shadow } = state.get(scopeKey(scope)) ?? NO_ACTIVATIONS;
  const bundles = [...active, ...(shadow === undefined ? [] : [shadow])].filter(isReadable);
  for (const { decider } of bundles.toReversed()) {
    const rule = decider.bundle.rules.find((one) => one.ruleId === ruleId);
    if (rule !== undefined) {
      return { ...query, control: { service: rule.service, control: rule.control } };
    }
  }
  const message = 'the query names neither a control nor a rule that was active there';
  throw new PolicyError('POLICY_OPTIONS_INVALID', message);
}

/**
 * Joins the latest reviews with their decisions. Left out: decisions without an observed value, of
 * another control, or not live; decisions whose reviewers are tied; and allowed calls that were not
 * drawn, because the probability of their review is unknown.
 */
export async function readObservations(
  reader: EvidenceReader,
  { tenant, application }: BundleScope,
  query: Resolved,
  reviews: readonly StandingReview[],
): Promise<readonly LabelledObservation[]> {
  const found: LabelledObservation[] = [];
  const labels = labelsOf(reviews);
  for (const traceId of new Set(reviews.map((review) => review.traceId))) {
    const types = [policyDecisionV1.key];
    for (const record of await readTrace(reader, { tenant, traceId, types })) {
      const label = labels.get(record.id);
      const observation = label && observationOf(record, label, query, application);
      if (observation !== undefined) found.push(observation);
    }
  }
  return found;
}

async function readTrace(...[reader, query]: Parameters<typeof readRecords>) {
  try {
    return await readRecords(reader, query);
  } catch (cause) {
    throw logUnreadable(cause);
  }
}

type Label = LabelledObservation['label'];

/** The majority label of each decision. */
function labelsOf(reviews: readonly StandingReview[]): ReadonlyMap<string, Label> {
  const balance = new Map<string, number>();
  for (const { decisionId, verdict } of reviews) {
    const says = verdict === 'true_positive' ? 1 : verdict === 'false_positive' ? -1 : 0;
    balance.set(decisionId, (balance.get(decisionId) ?? 0) + says);
  }
  const decided = [...balance].filter(([, sum]) => sum !== 0);
  return new Map(decided.map(([id, sum]) => [id, sum > 0 ? 'true_positive' : 'false_positive']));
}

function observationOf(
  record: EvidenceRecord,
  label: Label,
  { environment, control: asked, ruleId }: Resolved,
  application: string | undefined,
): LabelledObservation | undefined {
  if (record.mode !== 'live' || record.context.env !== environment) return undefined;
  const body = policyDecisionV1.fromWire(record.body);
  const { observed } = body;
  if (body.application !== application) return undefined;
  const { service, control } = asked;
  if (body.service !== service || body.control !== control) return undefined;
  if (observed === undefined) return undefined;
  const samplingProbability = probabilityOf(body);
  if (samplingProbability === undefined) return undefined;
  const flagged = ruleId === undefined ? isFlagged(body) : isFlaggedBy(body, ruleId);
  return { decisionId: record.id, observed, flagged, label, samplingProbability };
}

function probabilityOf(body: PolicyDecisionBody): number | undefined {
  if (isFlagged(body)) return 1;
  const { auditProbability = 0 } = body;
  return auditProbability > 0 && auditProbability <= 1 ? auditProbability : undefined;
}

const isFlaggedBy = ({ rules }: PolicyDecisionBody, ruleId: string): boolean =>
  rules.some((rule) => rule.ruleId === ruleId && rule.finding !== 'indeterminate');
