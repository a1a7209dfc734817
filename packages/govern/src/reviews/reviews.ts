import {
  type Clock,
  createDiscloser,
  createIds,
  type Discloser,
  type EvidenceReader,
  type MakeId,
  type Receipt,
  type Recorder,
  type ReviewerCheck,
  systemClock,
} from '@spanforge/core-events';
import { createProjection } from '@spanforge/core-events/log';
import { SOURCE } from '../version.js';
import { applyReviewRecord } from './apply-review-record.js';
import { type EscalatedReview, escalateAll } from './escalate.js';
import { grantCalls, type RecordedGrant, type ReviewGrantRequest } from './grants.js';
import { type ReviewStatistics, reviewStatistics } from './queue.js';
import { resolveByVote } from './resolve-review.js';
import { callKey, emptyBook, REVIEW_TYPES, type ReviewBook } from './review-book.js';
import type { ReviewParts } from './review-parts.js';
import type { ReviewResolution, ReviewRevocation, ReviewSnooze } from './review-requests.js';
import {
  type ApprovedDeclassification,
  type Review,
  type ReviewState,
  readDeclassification,
  readReview,
} from './review-state.js';
import { revokeStanding, snoozeReview } from './revoke.js';
import {
  findGrants,
  findRejection,
  type ReviewGrant,
  readGrant,
  type StandingQuestion,
  type WideRejection,
} from './standing.js';

export type { ReviewResolution } from './review-requests.js';

/** Which reviews are listed; a review must match every given member. */
export interface ReviewFilter {
  readonly state?: ReviewState;
  readonly tenant?: string;
  readonly project?: string;
}

/** Options of the reviews of one log. */
export interface ReviewsOptions {
  readonly log: Recorder & EvidenceReader;
  readonly clock?: Clock;
  /** The software that writes the records, as `name@semver`. */
  readonly source?: string;
  /** Says who may decide. Without it nobody holds a role, and a request that asks for one waits. */
  readonly reviewers?: ReviewerCheck;
  /** Makes ids of grants. */
  readonly ids?: MakeId;
  readonly disclose?: Discloser;
}

/** The reviews of one log: a projection of its records, brought up to date on each question. */
export interface Reviews {
  /** @throws {EventsError} `EVENTS_STATE_UNAVAILABLE` when the log cannot be read. */
  get(reviewId: string): Promise<Review | undefined>;
  /** The review a call asked for. @throws {EventsError} `EVENTS_STATE_UNAVAILABLE`. */
  forCall(call: { tenant: string; run: string; callId: string }): Promise<Review | undefined>;
  /**
   * Approvals in force that take labels away in a trace.
   *
   * @throws {EventsError} `EVENTS_STATE_UNAVAILABLE`.
   */
  declassified(trace: {
    tenant: string;
    run: string;
    traceId: string;
  }): Promise<readonly ApprovedDeclassification[]>;
  /** Oldest first. @throws {EventsError} `EVENTS_STATE_UNAVAILABLE`. */
  list(filter?: ReviewFilter): Promise<readonly Review[]>;
  /** How the queue is doing. @throws {EventsError} `EVENTS_STATE_UNAVAILABLE`. */
  statistics(filter?: ReviewFilter): Promise<ReviewStatistics>;
  /**
   * Records a person's decision; resolves when it is durable. When several people have to approve,
   * it is one vote. An approval with edited arguments is valid only for those.
   *
   * @throws {GovernError} `GOVERN_REVIEW_INVALID`, `GOVERN_REVIEW_UNKNOWN`,
   *   `GOVERN_REVIEW_SELF_APPROVAL`, `GOVERN_REVIEWER_NOT_ELIGIBLE`,
   *   `GOVERN_REVIEW_ALREADY_RESOLVED` (also for the later of two simultaneous decisions),
   *   `GOVERN_REVIEW_EDITED`, `GOVERN_REVIEW_NOT_EDITABLE`, `GOVERN_REVIEW_EXPIRED`,
   *   `GOVERN_REVIEW_NOT_RECORDED`.
   * @throws {EventsError} `EVENTS_STATE_UNAVAILABLE` when the log cannot be read.
   */
  resolve(resolution: ReviewResolution): Promise<Receipt>;
  /**
   * Puts an open review aside for a while. It is not a decision, and the expiry does not change.
   *
   * @throws {GovernError} `GOVERN_REVIEW_INVALID`, `GOVERN_REVIEW_UNKNOWN`,
   *   `GOVERN_REVIEW_SELF_APPROVAL`, `GOVERN_REVIEW_ALREADY_RESOLVED`, `GOVERN_REVIEW_NOT_RECORDED`.
   */
  snooze(snooze: ReviewSnooze): Promise<Receipt>;
  /**
   * Takes back an unused approval, a grant, or a rejection that goes further than its call. If it is
   * used at the same time, only the first of the two succeeds.
   *
   * @throws {GovernError} `GOVERN_REVIEW_INVALID`, `GOVERN_REVIEW_UNKNOWN`,
   *   `GOVERN_REVIEW_NOT_REVOCABLE`, `GOVERN_REVIEW_NOT_RECORDED`.
   */
  revoke(revocation: ReviewRevocation): Promise<Receipt>;
  /**
   * Takes every escalation step that is due; call it regularly. Each step is recorded once, even when
   * several processes call this.
   *
   * @throws {GovernError} `GOVERN_REVIEW_NOT_RECORDED`.
   * @throws {EventsError} `EVENTS_STATE_UNAVAILABLE`.
   */
  escalate(): Promise<readonly EscalatedReview[]>;
  /**
   * Lets calls like a reviewed one run without asking again: same tool and run, arguments within
   * bounds, for a limited time and number of uses. Each is still decided under the current policy.
   *
   * @throws {GovernError} `GOVERN_REVIEW_INVALID`, `GOVERN_REVIEW_UNKNOWN`,
   *   `GOVERN_REVIEW_SELF_APPROVAL`, `GOVERN_REVIEWER_NOT_ELIGIBLE`, `GOVERN_GRANT_REFUSED`,
   *   `GOVERN_REVIEW_NOT_RECORDED`.
   */
  grant(grant: ReviewGrantRequest): Promise<RecordedGrant>;
  /** Every grant, oldest first. @throws {EventsError} `EVENTS_STATE_UNAVAILABLE`. */
  grants(): Promise<readonly ReviewGrant[]>;
  /**
   * Earlier decisions that apply to a call without asking anybody: a rejection of its agent or of a
   * rule, or grants.
   *
   * @throws {EventsError} `EVENTS_STATE_UNAVAILABLE`.
   */
  standing(question: StandingQuestion): Promise<{
    readonly rejection: WideRejection | undefined;
    readonly grants: readonly ReviewGrant[];
  }>;
}

/** The default `source` of govern's records. */
export const DEFAULT_SOURCE = SOURCE;

function createParts(options: ReviewsOptions) {
  const { log, clock = systemClock, source = DEFAULT_SOURCE, reviewers } = options;
  const { ids = createIds(clock), disclose = createDiscloser() } = options;
  const projection = createProjection<ReviewBook>({
    reader: log,
    types: REVIEW_TYPES,
    empty: emptyBook,
    apply: applyReviewRecord,
    clock,
  });
  const book = async (): Promise<ReviewBook> => (await projection.refresh()).state;
  const parts: ReviewParts = { log, clock, source, reviewers, ids, disclose, book };
  return { parts, projection };
}

/** Creates the view of a log's reviews. Nothing is read before the first question. */
export function createReviews(options: ReviewsOptions): Reviews {
  const { parts, projection } = createParts(options);
  const { book, clock } = parts;
  const list: Reviews['list'] = async ({ state, tenant, project } = {}) => {
    const { byId } = await book();
    const nowMs = clock();
    return [...byId.values()]
      .map((entry) => readReview(entry, nowMs))
      .filter((review) => state === undefined || review.state === state)
      .filter((review) => tenant === undefined || review.context.tenant === tenant)
      .filter((review) => project === undefined || review.context.project === project);
  };
  return {
    async get(reviewId) {
      const entry = (await book()).byId.get(reviewId);
      return entry && readReview(entry, clock());
    },
    async forCall({ tenant, run, callId }) {
      const { byCall, byId } = await book();
      const entry = byId.get(byCall.get(callKey({ tenant, run }, callId)) ?? '');
      return entry && readReview(entry, clock());
    },
    async declassified({ tenant, run, traceId }) {
      const { byId } = (await projection.current()).state;
      const nowMs = clock();
      return [...byId.values()]
        .flatMap((entry) => readDeclassification(entry, nowMs) ?? [])
        .filter(({ context }) => context.tenant === tenant && context.run === run)
        .filter(({ scope, context }) => scope === 'run' || context.traceId === traceId);
    },
    list,
    statistics: async (filter) => reviewStatistics(await list(filter), clock()),
    resolve: (asked) => resolveByVote(parts, asked),
    snooze: (asked) => snoozeReview(parts, asked),
    revoke: (asked) => revokeStanding(parts, asked),
    escalate: () => escalateAll(parts),
    grant: (asked) => grantCalls(parts, asked),
    async grants() {
      const nowMs = clock();
      return [...(await book()).grants.values()].map((entry) => readGrant(entry, nowMs));
    },
    async standing(question) {
      const state = await book();
      const nowMs = clock();
      return {
        rejection: findRejection(state, question, nowMs),
        grants: findGrants(state, question, nowMs),
      };
    },
  };
}

/** Decides one review, for a command line; see {@link Reviews.resolve}. */
export function resolveReview(
  log: ReviewsOptions['log'],
  { clock, ...resolution }: ReviewResolution & { readonly clock?: Clock },
): Promise<Receipt> {
  return createReviews(clock ? { log, clock } : { log }).resolve(resolution);
}

/** Lists a log's reviews once, oldest first; see {@link Reviews.list}. */
export function listReviews(
  log: ReviewsOptions['log'],
  { clock, ...filter }: ReviewFilter & { readonly clock?: Clock } = {},
): Promise<readonly Review[]> {
  return createReviews(clock ? { log, clock } : { log }).list(filter);
}

/** Reads one review once; see {@link Reviews.get}. */
export function getReview(
  log: ReviewsOptions['log'],
  reviewId: string,
  { clock }: { readonly clock?: Clock } = {},
): Promise<Review | undefined> {
  return createReviews(clock ? { log, clock } : { log }).get(reviewId);
}
