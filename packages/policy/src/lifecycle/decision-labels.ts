import {
  type Discloser,
  type EvidenceContext,
  type EvidenceReader,
  type EvidenceRecord,
  eachRecord,
  type Recorder,
  ulidTimeMs,
} from '@spanforge/core-events';
import { createProjection, type Projection } from '@spanforge/core-events/log';
import { policyDecisionV1, policyReviewV1 } from '@spanforge/core-events/records';
import { z } from 'zod';
import { PolicyError } from '../error.js';
import { readState } from './bundle-in-force.js';
import {
  type LabelledObservation,
  type ObservationQuery,
  readObservations,
  resolveControl,
} from './labelled-observations.js';
import type { LifecycleState } from './lifecycle-projection.js';
import { logUnreadable } from './log-unreadable.js';
import type { ReviewVerdict, StandingReview } from './review.js';
import { measureAgreement, type ReviewAgreement } from './reviewer-agreement.js';

/** A review as it is handed in. */
export interface ReviewInput {
  /** Id of the record of the decision. */
  readonly decisionId: string;
  readonly verdict: ReviewVerdict;
  /** Who judges, from a verified token or the host. */
  readonly reviewer: string;
  /** Kept as a disclosure, never in the record. */
  readonly note?: string;
  /** The decision's trace; its id says roughly when it was taken, which is enough to find it. */
  readonly traceId?: string;
}

/** Which reviews are asked for; every given part must hold. */
export interface ReviewQuery {
  readonly decisionId?: string;
  readonly reviewer?: string;
  readonly verdict?: ReviewVerdict;
  readonly environment?: string;
  /** The project of the decision; those of all projects of the tenant when absent. */
  readonly project?: string;
}

/** What people say about decisions, for the tenant of the service's context. */
export interface DecisionLabels {
  /**
   * Records what a person says about a decision; what the same person said before stands no more.
   *
   * @throws {PolicyError} `POLICY_REVIEW_INVALID`, `POLICY_DECISION_UNKNOWN` where this tenant has no
   *   such decision, `POLICY_EVIDENCE_UNAVAILABLE`, `POLICY_STATE_UNAVAILABLE`.
   */
  recordReview(review: ReviewInput): Promise<void>;
  /** The standing reviews, in log order. @throws {PolicyError} `POLICY_STATE_UNAVAILABLE`. */
  reviews(query?: ReviewQuery): Promise<readonly StandingReview[]>;
  /** How far reviewers agree. @throws {PolicyError} `POLICY_STATE_UNAVAILABLE`. */
  reviewAgreement(query?: Pick<ReviewQuery, 'environment'>): Promise<ReviewAgreement>;
  /**
   * Decisions with an observed value that people judged: what a threshold is suggested from.
   *
   * @throws {PolicyError} `POLICY_STATE_UNAVAILABLE`, `POLICY_OPTIONS_INVALID` where the query names
   *   neither a control nor a rule that was ever active there.
   */
  labelledObservations(query: ObservationQuery): Promise<readonly LabelledObservation[]>;
}

interface Parts {
  readonly reader: EvidenceReader;
  readonly recorder: Recorder;
  readonly context: EvidenceContext;
  readonly application?: string | undefined;
  readonly disclose: Discloser;
  readonly clock: () => number;
  /** Which bundles were ever active: a rule's control is looked up there. */
  readonly state: Projection<LifecycleState>;
}

/** By tenant, then by decision and reviewer. */
type LabelState = Map<string, Map<string, StandingReview>>;

const name = z.string().min(1).max(512);
const inputSchema = z.strictObject({
  decisionId: name,
  verdict: z.enum(['false_positive', 'true_positive', 'needs_tuning']),
  reviewer: name,
  note: z.string().min(1).max(65_536).optional(),
  traceId: name.optional(),
});

export function createDecisionLabels(parts: Parts): DecisionLabels {
  const { reader, recorder, context, application, disclose } = parts;
  const labels = projectReviews(parts);

  async function standing(query: ReviewQuery): Promise<readonly StandingReview[]> {
    const all = (await readState(labels)).state.get(context.tenant)?.values() ?? [];
    const asked = Object.entries(query).filter(([, value]) => value !== undefined);
    return [...all]
      .filter((each) => asked.every(([part, value]) => each[part as keyof ReviewQuery] === value))
      .sort((a, b) => a.index - b.index);
  }

  return {
    async recordReview(given) {
      const parsed = inputSchema.safeParse(given);
      if (!parsed.success) {
        throw new PolicyError('POLICY_REVIEW_INVALID', 'the review is invalid', {
          cause: parsed.error,
        });
      }
      const { decisionId, verdict, reviewer, note, traceId } = parsed.data;
      const decision = await findDecision(reader, context.tenant, decisionId, traceId);
      const disclosures = note === undefined ? [] : [disclose('note', note)];
      const values = Object.fromEntries(disclosures.map((one) => [one.name, one.digest]));
      const body = policyReviewV1.toWire({
        decisionId,
        verdict,
        reviewer,
        ...(note === undefined ? {} : { values }),
      });
      // It stands in the trace it is about, under the name of who judged.
      const where = { ...decision.context, actor: reviewer, source: context.source };
      const draft = { type: policyReviewV1.key, context: where, body, disclosures };
      await append(recorder, draft);
      await labels.refresh().catch(() => undefined);
    },
    reviews: (query = {}) => standing(query),
    async reviewAgreement(query = {}) {
      const byDecision = new Map<string, Map<string, string>>();
      for (const { decisionId, reviewer, verdict } of await standing(query)) {
        const ratings = byDecision.get(decisionId) ?? new Map<string, string>();
        byDecision.set(decisionId, ratings.set(reviewer, verdict));
      }
      return measureAgreement([...byDecision.values()]);
    },
    async labelledObservations(query) {
      const { environment } = query;
      const scope = { tenant: context.tenant, environment, application };
      const { state } = await readState(parts.state);
      const asked = resolveControl(query, state, scope);
      return readObservations(reader, scope, asked, await standing({ environment }));
    },
  };
}

async function append(recorder: Recorder, draft: Parameters<Recorder['append']>[0][number]) {
  try {
    await (await recorder.append([draft])).receipts;
  } catch (cause) {
    const message = 'the review could not be recorded';
    throw new PolicyError('POLICY_EVIDENCE_UNAVAILABLE', message, { cause });
  }
}

function projectReviews({ reader, clock }: Parts): Projection<LabelState> {
  return createProjection<LabelState>({
    reader,
    clock,
    types: [policyReviewV1.key],
    empty: () => new Map(),
    apply(state, record) {
      const review = record.mode === 'live' ? readReview(record) : undefined;
      if (review === undefined) return;
      const { tenant } = record.context;
      const own = state.get(tenant) ?? new Map<string, StandingReview>();
      state.set(tenant, own);
      own.set(JSON.stringify([review.decisionId, review.reviewer]), review);
    },
  });
}

/** A review that cannot be read says nothing; nothing is decided by it. */
function readReview({
  id,
  index,
  time,
  context,
  body,
}: EvidenceRecord): StandingReview | undefined {
  try {
    const { decisionId, verdict, reviewer } = policyReviewV1.fromWire(body);
    const { env: environment, project, traceId } = context;
    const where = { environment, project, traceId };
    return Object.freeze({ recordId: id, index, time, decisionId, verdict, reviewer, ...where });
  } catch {
    return undefined;
  }
}

/** Ids and records of one writer take their times from one clock, a moment apart. */
const APART_MS = 60_000;

/** @throws {PolicyError} `POLICY_DECISION_UNKNOWN`, `POLICY_STATE_UNAVAILABLE`. */
async function findDecision(
  reader: EvidenceReader,
  tenant: string,
  decisionId: string,
  traceId: string | undefined,
): Promise<EvidenceRecord> {
  const atMs = ulidTimeMs(decisionId);
  const near =
    atMs === undefined ? undefined : { fromTimeMs: atMs - APART_MS, toTimeMs: atMs + APART_MS };
  const where = traceId === undefined ? near : { traceId };
  if (where !== undefined) {
    try {
      const query = { tenant, types: [policyDecisionV1.key], ...where };
      for await (const record of eachRecord(reader, query)) {
        if (record.id === decisionId) return record;
      }
    } catch (cause) {
      throw logUnreadable(cause);
    }
  }
  throw new PolicyError('POLICY_DECISION_UNKNOWN', 'there is no such decision', {
    details: { decisionId },
  });
}
