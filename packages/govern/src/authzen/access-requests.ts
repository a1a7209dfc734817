import { type Clock, type EvidenceReader, formatTime, systemClock } from '@spanforge/core-events';
import type { KeySet, SigningKey, VerificationKey } from '@spanforge/core-signing';
import type { BlockedCall, HeldCall } from '../model/result.js';
import { readBound } from '../reviews/read-binding.js';
import type { Review } from '../reviews/review-state.js';
import type { Reviews } from '../reviews/reviews.js';
import { createOwnTokens } from './own-tokens.js';
import {
  type AuthzenCall,
  type BoundQuestion,
  evaluationRequestOf,
  isSameQuestion,
} from './question.js';
import { checkSubmission } from './submission.js';
import { describeTask } from './task.js';
import {
  type AuthzenEvaluationResponse,
  type AuthzenProblem,
  type AuthzenTaskResponse,
  approvalClaimsSchema,
  approvalSchema,
  authzenProblem,
  bindingClaimsSchema,
  evaluationRequestSchema,
  submissionSchema,
} from './wire.js';

/** What the wire form of approvals needs. */
export interface AccessRequestOptions {
  readonly reviews: Reviews;
  /** Where the reviews are recorded: what a task was asked with is read there. */
  readonly log: EvidenceReader;
  /** Identifies this decision point; `iss` and `aud` of what it signs for itself. */
  readonly issuer: string;
  /** Identifies the access request service; the issuer when absent. */
  readonly audience?: string;
  /** Signs binding tokens and approvals. Give it a key of its own. */
  readonly key: SigningKey;
  /** Verify them: the key's own, and those before a rotation. */
  readonly keys: readonly VerificationKey[] | KeySet;
  /** The https address where a task is looked at. */
  readonly statusEndpoint: (taskId: string) => string;
  /** The https address where access is asked for; left to the metadata when absent. */
  readonly endpoint?: string;
  /** How far clocks may differ; 30000 when absent. */
  readonly clockSkewMs?: number;
  readonly clock?: Clock;
}

/** What an approval that is presented again is good for: nothing but being decided about again. */
export type PresentedApproval =
  | { readonly kind: 'none' }
  | { readonly kind: 'applicable'; readonly reviewId: string }
  /** It is another's, expired, or not signed: the call is decided as if there were none. */
  | {
      readonly kind: 'not_applicable';
      readonly reason: 'approval_expired' | 'approval_unverifiable';
    };

/** The wire form of held calls: AuthZEN's Access Request and Approval Profile. */
export interface AccessRequests {
  /** The answer to a call that is held: denied, and how to ask for access. */
  denialOf(held: HeldCall, call: AuthzenCall): Promise<AuthzenEvaluationResponse>;
  /** Takes a submission; the request is on record already, so a repeated one is the same task. */
  submit(submission: unknown): Promise<AuthzenTaskResponse | AuthzenProblem>;
  /** Looks at a task. Whoever asks must be authenticated by the host first. */
  task(taskId: string): Promise<AuthzenTaskResponse | AuthzenProblem>;
  /**
   * Reads the approval a new evaluation presents. It never allows anything: with `reviewId` in its
   * context the call goes to the governor, which decides under the current policy.
   */
  presented(request: unknown): Promise<PresentedApproval>;
}

const SKEW_MS = 30_000;
const UNVERIFIABLE = { kind: 'not_applicable', reason: 'approval_unverifiable' } as const;
const EXPIRED = { kind: 'not_applicable', reason: 'approval_expired' } as const;

/** The question a review was asked with; undefined when its values were erased. */
async function questionOf(
  log: EvidenceReader,
  { index, binding, tool, context }: Review,
): Promise<BoundQuestion | undefined> {
  const at = { index, digest: binding, name: 'binding' } as const;
  const bound = await readBound(log, at).catch(() => undefined);
  return bound && evaluationRequestOf({ tool, args: bound.args, context });
}

/** Creates the wire form over the reviews of one log. */
export function createAccessRequests(options: AccessRequestOptions): AccessRequests {
  const { reviews, log, issuer, audience = issuer, key, keys, statusEndpoint, endpoint } = options;
  const { clock = systemClock, clockSkewMs = SKEW_MS } = options;
  const tokens = createOwnTokens(issuer, key, keys);
  const parts = { tokens, issuer, statusEndpoint, clock };
  const isOver = (ms: number): boolean => !(ms + clockSkewMs > clock());

  return {
    async denialOf({ reviewId, reasonCode }, call) {
      const review = await reviews.get(reviewId);
      const nowMs = clock();
      const evaluated = { evaluation_id: reviewId, evaluated_at: formatTime(nowMs) };
      const context = { ...evaluated, reason: reasonCode };
      const expiresAt = review?.expiresAt;
      // What cannot be bound and dated is denied, and cannot be asked for.
      if (expiresAt === undefined || review?.state !== 'pending')
        return { decision: false, context };
      const bindingToken = await tokens.sign({
        ...{ iss: issuer, aud: audience, iat: Math.floor(nowMs / 1000) },
        ...{ exp: Math.floor(Date.parse(expiresAt) / 1000), jti: `${reviewId}.${nowMs}` },
        ...{ evaluation_id: reviewId, denial_expires_at: expiresAt },
        ...evaluationRequestOf(call),
      });
      const accessRequest = {
        ...(endpoint === undefined ? {} : { endpoint }),
        ...{ template: reasonCode, expires_at: expiresAt, binding_token: bindingToken },
      };
      return { decision: false, context: { ...context, access_request: accessRequest } };
    },
    async submit(submission) {
      const parsed = submissionSchema.safeParse(submission);
      if (!parsed.success) return authzenProblem('not_requestable');
      const { binding_token: token } = parsed.data.denial;
      const claims = token && (await tokens.verify(token, bindingClaimsSchema, audience));
      const checked = checkSubmission(parsed.data, claims || undefined, isOver);
      if (checked.kind === 'problem') return authzenProblem(checked.problem);
      const review = await reviews.get(checked.claims.evaluation_id);
      if (review === undefined) return authzenProblem('invalid_denial_binding');
      return describeTask(review, checked.claims, parts);
    },
    async task(taskId) {
      const review = await reviews.get(taskId);
      if (review === undefined) return authzenProblem('unknown_task');
      return describeTask(review, await questionOf(log, review), parts);
    },
    async presented(request) {
      const parsed = evaluationRequestSchema.safeParse(request);
      const given = parsed.success ? parsed.data.context?.approval : undefined;
      if (!parsed.success || given === undefined) return { kind: 'none' };
      const approval = approvalSchema.safeParse(given);
      if (!approval.success || approval.data.state === undefined) return UNVERIFIABLE;
      const { id, state, approved_until: until } = approval.data;
      const claims = await tokens.verify(state, approvalClaimsSchema, issuer);
      if (claims?.approval_id !== id || !isSameQuestion(parsed.data, claims)) return UNVERIFIABLE;
      const review = await reviews.get(claims.task_id);
      if (review === undefined || review.expiresAt !== until) return UNVERIFIABLE;
      const isApproved = review.state === 'approved' || review.state === 'consumed';
      if (!isApproved || isOver(claims.exp * 1000)) return EXPIRED;
      return { kind: 'applicable', reviewId: review.reviewId };
    },
  };
}

const REASONS: Readonly<Record<string, string>> = {
  review_expired: 'approval_expired',
  approval_revoked: 'approval_expired',
  approval_consumed: 'approval_expired',
  already_started: 'approval_expired',
  review_mismatch: 'out_of_scope',
  review_unknown: 'approval_unverifiable',
};

/**
 * The answer to a call that was blocked although an approval was presented. Its next action is
 * `none`: where a person may be asked anew, the next call of the agent is answered with how.
 */
export function deniedReevaluation({ reasonCode }: BlockedCall): AuthzenEvaluationResponse {
  const reason = REASONS[reasonCode] ?? 'policy_denied';
  return { decision: false, context: { reason, next_action: 'none' } };
}
