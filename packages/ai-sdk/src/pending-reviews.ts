import type { ReviewHandle, Reviews } from '@spanforge/govern';
import { createReviewHandle } from '@spanforge/govern/adapters';
import type { ModelMessage, ToolModelMessage } from 'ai';
import { partsOf } from './sdk.js';

/** The conversation to look at, and where its reviews are. */
export interface PendingReviewsQuery {
  /** The conversation; its last messages hold the approval requests. */
  readonly messages: readonly ModelMessage[];
  readonly reviews: Pick<Reviews, 'forCall' | 'get'>;
  /** The context of these calls; from the host, never from the messages. */
  readonly context: { readonly tenant: string; readonly run: string };
}

/** An approval request of the SDK that nobody has answered yet, with a promise of the decision. */
export interface PendingApprovalRequest extends ReviewHandle {
  readonly approvalId: string;
  readonly toolCallId: string;
  /**
   * The message that resumes the loop once the review is `decided`. It proves nothing by itself:
   * only the review decides, and a yes to a call that was not approved runs nothing.
   */
  resume(approved: boolean): ToolModelMessage;
}

function messageOf(approvalId: string, approved: boolean): ToolModelMessage {
  return {
    role: 'tool',
    content: [{ type: 'tool-approval-response', approvalId, approved }],
  };
}

/**
 * The calls of a conversation that wait for a person. The person may decide elsewhere, for example
 * with `spanforge operator approve`; then `decided` of that call resolves.
 *
 * @throws {EventsError} `EVENTS_STATE_UNAVAILABLE` when the reviews cannot be read.
 */
export async function pendingReviews({
  messages,
  reviews,
  context: { tenant, run },
}: PendingReviewsQuery): Promise<readonly PendingApprovalRequest[]> {
  const answered = new Set(partsOf(messages, 'tool').map(({ approvalId }) => approvalId));
  const pending: PendingApprovalRequest[] = [];
  for (const { type, approvalId, toolCallId } of partsOf(messages, 'assistant')) {
    if (type !== 'tool-approval-request' || typeof toolCallId !== 'string') continue;
    if (typeof approvalId !== 'string' || answered.has(approvalId)) continue;
    const review = await reviews.forCall({ tenant, run, callId: toolCallId });
    if (review === undefined) continue;
    const { reviewId, decided } = createReviewHandle(reviews, review.reviewId);
    const resume = (approved: boolean) => messageOf(approvalId, approved);
    pending.push(Object.freeze({ approvalId, toolCallId, reviewId, decided, resume }));
  }
  return pending;
}
