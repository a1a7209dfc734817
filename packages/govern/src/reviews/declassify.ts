import {
  type Clock,
  createDiscloser,
  createIds,
  type Discloser,
  type EvidenceContext,
  formatTime,
  type MakeId,
  type Receipt,
  type Recorder,
  systemClock,
} from '@spanforge/core-events';
import { reviewRequestedV1 } from '@spanforge/core-events/records';
import { z } from 'zod';
import { GovernError } from '../error.js';
import { DEFAULT_SOURCE } from './reviews.js';

const request = z.strictObject({
  labels: z.array(z.string().min(1).max(512)).min(1).max(64),
  scope: z.enum(['run', 'trace']),
  ttlMs: z.number().positive().max(31_536_000_000),
  reason: z.string().min(1).max(4096),
  context: z.looseObject({
    tenant: z.string().min(1),
    run: z.string().min(1),
    traceId: z.string().min(1),
    agent: z.string().min(1),
    actor: z.string().min(1),
  }),
});

/** Asks a person to take labels away: which ones, where and for how long. */
export interface DeclassificationRequest {
  /** Who asks, and in which run and trace; neither its actor nor its agent can approve. */
  readonly context: Omit<EvidenceContext, 'source'> & { readonly source?: string };
  readonly labels: readonly string[];
  /** `run` applies to every trace of the run, `trace` to this one. */
  readonly scope: 'run' | 'trace';
  /** How long the request, and its approval, is valid: milliseconds, at most a year. */
  readonly ttlMs: number;
  /** Part of the record itself. */
  readonly reason: string;
}

/** Optional effects of a request for declassification. */
export interface DeclassificationEffects {
  readonly clock?: Clock;
  readonly ids?: MakeId;
  readonly disclose?: Discloser;
}

/** A recorded request; decide it with {@link resolveReview} under its id. */
export interface RequestedDeclassification {
  readonly reviewId: string;
  readonly receipt: Receipt;
}

/**
 * Asks a person to take labels away. Without an approval labels are only ever added; with one, a
 * governor ignores these labels when it decides later calls of the run or trace, and says so in
 * their records. Resolves when the request is durable.
 *
 * @throws {GovernError} `GOVERN_REVIEW_INVALID`.
 * @throws {EventsError} what the log throws when it cannot record it.
 */
export async function requestDeclassification(
  log: Recorder,
  asked: DeclassificationRequest,
  effects: DeclassificationEffects = {},
): Promise<RequestedDeclassification> {
  const parsed = request.safeParse(asked);
  if (!parsed.success) {
    throw new GovernError('GOVERN_REVIEW_INVALID', 'not a valid request for declassification', {
      details: { path: `$.${parsed.error.issues[0]?.path.join('.') ?? ''}` },
    });
  }
  const clock = effects.clock ?? systemClock;
  const reviewId = (effects.ids ?? createIds(clock))();
  const { scope, ttlMs, reason } = asked;
  const labels = [...new Set(asked.labels)].sort();
  const context: EvidenceContext = { source: DEFAULT_SOURCE, ...asked.context };
  const { tenant, run, traceId, agent, actor } = context;
  const expiresAt = formatTime(clock() + ttlMs);
  const bound = { declassify: labels, scope, tenant, run, traceId, agent, actor, expiresAt };
  const binding = (effects.disclose ?? createDiscloser())('binding', bound);
  const body = reviewRequestedV1.toWire({
    reviewId,
    callId: reviewId,
    tool: 'declassify',
    binding: binding.digest,
    labels,
    decisions: [],
    reason,
    reasonCode: 'declassify',
    expiresAt,
    declassify: { labels, scope },
    values: { binding: binding.digest },
  });
  const draft = { type: reviewRequestedV1.key, context, body, disclosures: [binding] };
  const appended = await log.append([draft]);
  return { reviewId, receipt: (await appended.receipts)[0] as Receipt };
}
