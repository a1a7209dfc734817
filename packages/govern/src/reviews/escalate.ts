import { reviewEscalatedV1 } from '@spanforge/core-events/records';
import type { ReviewEntry } from './review-book.js';
import { appendClaimed, contextOf, type ReviewParts } from './review-parts.js';
import { readReview } from './review-state.js';

/** A review that was escalated, and to whom. */
export interface EscalatedReview {
  readonly reviewId: string;
  readonly role: string;
  readonly step: number;
}

async function escalateOnce(
  parts: ReviewParts,
  entry: ReviewEntry,
): Promise<EscalatedReview | undefined> {
  const { request, escalations, context, requestedAt } = entry;
  const { reviewId, binding } = request;
  const next = request.escalation?.[escalations.length];
  const nowMs = parts.clock();
  if (next === undefined || readReview(entry, nowMs).state !== 'pending') return undefined;
  if (!(nowMs - Date.parse(requestedAt) >= next.afterMs)) return undefined;
  const { role, afterMs } = next;
  const step = escalations.length + 1;
  const body = reviewEscalatedV1.toWire({ reviewId, binding, step, role, afterMs });
  const draft = {
    type: reviewEscalatedV1.key,
    context: contextOf(parts, context, parts.source),
    body,
  };
  const claim = `review-escalated:${reviewId}:${step}`;
  const result = await appendClaimed(parts, reviewId, draft, claim);
  return result.kind === 'stored' ? { reviewId, role, step } : undefined;
}

/** Takes every step of one review's chain that is due. */
export async function escalateReview(
  parts: ReviewParts,
  reviewId: string,
): Promise<readonly EscalatedReview[]> {
  const taken: EscalatedReview[] = [];
  for (;;) {
    const entry = (await parts.book()).byId.get(reviewId);
    const step = entry && (await escalateOnce(parts, entry));
    if (step === undefined) return taken;
    taken.push(step);
  }
}

/** Takes every step that is due, of every open review. Several processes may do so at once. */
export async function escalateAll(parts: ReviewParts): Promise<readonly EscalatedReview[]> {
  const taken: EscalatedReview[] = [];
  for (const [reviewId, { request }] of (await parts.book()).byId) {
    if (request.escalation === undefined) continue;
    taken.push(...(await escalateReview(parts, reviewId)));
  }
  return taken;
}
