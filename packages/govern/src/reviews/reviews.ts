import {
  type Clock,
  EventsError,
  type EvidenceReader,
  type Receipt,
  type Recorder,
  systemClock,
} from '@spanforge/core-events';
import { createProjection } from '@spanforge/core-events/log';
import { reviewResolvedV1 } from '@spanforge/core-events/records';
import { z } from 'zod';
import { GovernError } from '../error.js';
import { SOURCE } from '../version.js';
import {
  type ApprovedDeclassification,
  applyReviewRecord,
  callKey,
  isOwn,
  REVIEW_TYPES,
  type Review,
  type ReviewBook,
  type ReviewState,
  readDeclassification,
  readReview,
} from './review-state.js';

const resolutionRequest = z.strictObject({
  reviewId: z.string().min(1).max(512),
  resolution: z.enum(['approved', 'rejected']),
  reviewer: z.string().min(1).max(512),
  note: z.string().max(4096).optional(),
});

/** A person's decision. `reviewer` comes from a verified token or the host, never from a form. */
export interface ReviewResolution {
  readonly reviewId: string;
  readonly resolution: 'approved' | 'rejected';
  readonly reviewer: string;
  /** At most 4096 characters; part of the record itself. */
  readonly note?: string;
}

/** Which reviews are listed; every given part must hold. */
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
  /**
   * Records a person's decision; resolves when it is durable.
   *
   * @throws {GovernError} `GOVERN_REVIEW_INVALID`, `GOVERN_REVIEW_UNKNOWN`,
   *   `GOVERN_REVIEW_SELF_APPROVAL`, `GOVERN_REVIEW_ALREADY_RESOLVED` (also when two decide at
   *   once: the log takes one), `GOVERN_REVIEW_EXPIRED`, `GOVERN_REVIEW_NOT_RECORDED`.
   * @throws {EventsError} `EVENTS_STATE_UNAVAILABLE` when the log cannot be read.
   */
  resolve(resolution: ReviewResolution): Promise<Receipt>;
}

/** The default `source` of govern's records. */
export const DEFAULT_SOURCE = SOURCE;

function throwReviewError(
  code: GovernError['code'],
  message: string,
  reviewId: string,
  cause?: unknown,
): never {
  throw new GovernError(code, message, { details: { reviewId }, cause });
}

function parseResolution(resolution: ReviewResolution): ReviewResolution {
  const parsed = resolutionRequest.safeParse(resolution);
  if (parsed.success) return resolution;
  throw new GovernError('GOVERN_REVIEW_INVALID', 'not a valid resolution of a review', {
    details: { path: `$.${parsed.error.issues[0]?.path.join('.') ?? ''}` },
  });
}

function requirePending(review: Review | undefined, asked: ReviewResolution): Review {
  const { reviewId, reviewer } = asked;
  if (!review)
    return throwReviewError('GOVERN_REVIEW_UNKNOWN', 'there is no such review', reviewId);
  if (isOwn(review.context, reviewer)) {
    throwReviewError(
      'GOVERN_REVIEW_SELF_APPROVAL',
      'the actor or agent that asked cannot decide its own review',
      reviewId,
    );
  }
  if (review.state === 'expired') {
    throwReviewError('GOVERN_REVIEW_EXPIRED', 'the review has expired', reviewId);
  }
  if (review.state !== 'pending') {
    throwReviewError(
      'GOVERN_REVIEW_ALREADY_RESOLVED',
      'the review has already been decided',
      reviewId,
    );
  }
  return review;
}

/** Creates the view of a log's reviews. Nothing is read before the first question. */
export function createReviews(options: ReviewsOptions): Reviews {
  const { log } = options;
  const clock = options.clock ?? systemClock;
  const source = options.source ?? DEFAULT_SOURCE;
  const projection = createProjection<ReviewBook>({
    reader: log,
    types: REVIEW_TYPES,
    empty: () => ({ byId: new Map(), byCall: new Map() }),
    apply: applyReviewRecord,
    clock,
  });
  const get = async (reviewId: string): Promise<Review | undefined> => {
    const entry = (await projection.refresh()).state.byId.get(reviewId);
    return entry && readReview(entry, clock());
  };
  return {
    get,
    async forCall({ tenant, run, callId }) {
      const { byCall, byId } = (await projection.refresh()).state;
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
    async list({ state, tenant, project } = {}) {
      const { byId } = (await projection.refresh()).state;
      const nowMs = clock();
      return [...byId.values()]
        .map((entry) => readReview(entry, nowMs))
        .filter((review) => state === undefined || review.state === state)
        .filter((review) => tenant === undefined || review.context.tenant === tenant)
        .filter((review) => project === undefined || review.context.project === project);
    },
    async resolve(asked) {
      const { reviewId, resolution, reviewer, note } = parseResolution(asked);
      const { context, binding } = requirePending(await get(reviewId), asked);
      const body = reviewResolvedV1.toWire({ reviewId, resolution, reviewer, binding, note });
      const draft = {
        type: reviewResolvedV1.key,
        context: { ...context, actor: reviewer, source },
        body,
      };
      try {
        const appended = await log.append([draft], { claim: `review-resolved:${reviewId}` });
        return (await appended.receipts)[0] as Receipt;
      } catch (cause) {
        if (EventsError.is(cause) && cause.code === 'EVENTS_CLAIM_TAKEN') {
          return throwReviewError(
            'GOVERN_REVIEW_ALREADY_RESOLVED',
            'the review has already been decided',
            reviewId,
            cause,
          );
        }
        return throwReviewError(
          'GOVERN_REVIEW_NOT_RECORDED',
          'the decision could not be recorded; try again',
          reviewId,
          cause,
        );
      }
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
