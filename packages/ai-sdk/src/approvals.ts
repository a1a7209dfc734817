import { GovernError, type Reviews } from '@spanforge/govern';
import type { ModelMessage } from 'ai';
import { partsOf } from './sdk.js';

/** The answers of a person, and who the person is. */
export interface ApprovalAnswers {
  /** The conversation as the client sends it back; its last message holds the answers. */
  readonly messages: readonly ModelMessage[];
  readonly reviews: Pick<Reviews, 'forCall' | 'resolve'>;
  /** The context of these calls; from the host, never from the messages. */
  readonly context: { readonly tenant: string; readonly run: string };
  /** Who answered: from a verified token or the host's session, never from the messages. */
  readonly reviewer: string;
}

/** The effect of one answer. */
export interface ResolvedApproval {
  readonly approvalId: string;
  readonly toolCallId: string;
  /** `refused`: the review did not change, and `code` says why the answer does not count. */
  readonly status: 'approved' | 'rejected' | 'unknown' | 'refused';
  readonly reviewId?: string;
  readonly code?: string;
}

interface Answer {
  readonly approvalId: string;
  readonly toolCallId: string;
  readonly approved: boolean;
  readonly note: string | undefined;
}

const MAX_NOTE = 4096;

function answersIn(messages: readonly unknown[]): readonly Answer[] {
  const asked = new Map<unknown, string>();
  for (const { type, approvalId, toolCallId } of partsOf(messages, 'assistant')) {
    if (type === 'tool-approval-request' && typeof toolCallId === 'string') {
      asked.set(approvalId, toolCallId);
    }
  }
  return partsOf(messages.slice(-1), 'tool').flatMap((part) => {
    const { type, approvalId, approved, reason } = part;
    const toolCallId = asked.get(approvalId);
    if (type !== 'tool-approval-response' || typeof approvalId !== 'string') return [];
    if (toolCallId === undefined) return [];
    const note =
      typeof reason === 'string' && reason !== '' ? reason.slice(0, MAX_NOTE) : undefined;
    return [{ approvalId, toolCallId, approved: approved === true, note }];
  });
}

async function resolveOne(answer: Answer, asked: ApprovalAnswers): Promise<ResolvedApproval> {
  const { approvalId, toolCallId, approved, note } = answer;
  const { reviews, reviewer, context } = asked;
  const { tenant, run } = context;
  const review = await reviews.forCall({ tenant, run, callId: toolCallId });
  if (review === undefined) return { approvalId, toolCallId, status: 'unknown' };
  const { reviewId } = review;
  const resolution = approved ? 'approved' : 'rejected';
  const known = { approvalId, toolCallId, reviewId };
  // Somebody decided the same before, here or elsewhere: there is nothing to record.
  if (review.state === resolution) return { ...known, status: resolution };
  try {
    await reviews.resolve({ reviewId, resolution, reviewer, ...(note ? { note } : {}) });
    return { ...known, status: resolution };
  } catch (error) {
    if (!GovernError.is(error)) throw error;
    return { ...known, status: 'refused', code: error.code };
  }
}

/**
 * Records a person's answers to approval requests of the SDK as decisions about their reviews. Call
 * it where the answers arrive, before they go back to the SDK. Without it, and when an answer does
 * not count, the call stays held. Nobody can approve a call of their own.
 *
 * @throws {EventsError} `EVENTS_STATE_UNAVAILABLE` when the reviews cannot be read.
 */
export async function resolveApprovals(
  asked: ApprovalAnswers,
): Promise<readonly ResolvedApproval[]> {
  const resolved: ResolvedApproval[] = [];
  // One after the other: two answers about one call must not count as those of two people.
  for (const answer of answersIn(asked.messages)) resolved.push(await resolveOne(answer, asked));
  return resolved;
}
