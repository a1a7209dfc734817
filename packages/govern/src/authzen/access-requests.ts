import { type Clock, type EvidenceReader, formatTime, systemClock } from '@spanforge/core-events';
import {
  canonicalize,
  fromUtf8,
  type KeySet,
  type SigningKey,
  utf8,
  type VerificationKey,
} from '@spanforge/core-signing';
import { signJws, verifyJws } from '@spanforge/core-signing/jws';
import type { z } from 'zod';
import type { CallContext } from '../model/call.js';
import type { BlockedCall, HeldCall } from '../model/result.js';
import { readBound } from '../reviews/read-binding.js';
import type { Review } from '../reviews/review-state.js';
import type { Reviews } from '../reviews/reviews.js';
import {
  type AuthzenApproval,
  type AuthzenEvaluationRequest,
  type AuthzenEvaluationResponse,
  type AuthzenProblem,
  type AuthzenTaskResponse,
  type AuthzenTaskStatus,
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

/** A call as a decision point is asked about it. */
export interface AuthzenCall {
  readonly tool: string;
  readonly args: unknown;
  readonly context: Pick<CallContext, 'agent' | 'actor'>;
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
const ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256'] as const;

/** A call as an AuthZEN question: the person as subject, the agent as actor, the tool as resource. */
export function evaluationRequestOf({
  tool,
  args,
  context,
}: AuthzenCall): AuthzenEvaluationRequest {
  const { actor, agent } = context;
  return {
    subject: { type: 'user', id: actor, properties: { act: { sub: agent } } },
    resource: { type: 'tool', id: tool },
    action: { name: 'call', properties: { arguments: args } },
  };
}

type Bound = Pick<AuthzenEvaluationRequest, 'subject' | 'resource' | 'action'>;

/** Structural equality as the profile defines it; `act` may have moved to `client.actor`. */
function isSame(a: Bound, b: Bound): boolean {
  const text = ({ subject, resource, action }: Bound): string => {
    const { act, ...properties } = subject.properties ?? {};
    const { properties: _, ...rest } = subject;
    const own = Object.keys(properties).length === 0 ? rest : { ...rest, properties };
    return canonicalize({ subject: own, resource, action });
  };
  try {
    return text(a) === text(b);
  } catch {
    return false;
  }
}

const STATUS: Readonly<Record<Review['state'], AuthzenTaskStatus>> = {
  pending: 'pending',
  approved: 'approved',
  consumed: 'approved',
  rejected: 'denied',
  expired: 'expired',
};

const audiences = (aud: string | readonly string[]): readonly string[] =>
  typeof aud === 'string' ? [aud] : aud;

/** Creates the wire form over the reviews of one log. */
export function createAccessRequests(options: AccessRequestOptions): AccessRequests {
  const { reviews, log, issuer, audience = issuer, key, keys, statusEndpoint, endpoint } = options;
  const { clock = systemClock, clockSkewMs = SKEW_MS } = options;

  const sign = (claims: object): Promise<string> =>
    signJws({ payload: utf8(canonicalize(claims)), key, typ: 'JWT' });

  /** The claims of a token of ours, for us, in time; undefined for any other. */
  async function verify<Schema extends z.ZodType>(
    token: string,
    schema: Schema,
    to: string,
  ): Promise<z.infer<Schema> | undefined> {
    try {
      const { payload } = await verifyJws(token, { keys, algorithms: ALGORITHMS });
      const claims = schema.parse(JSON.parse(fromUtf8(payload))) as z.infer<Schema> & {
        iss: string;
        aud: string | string[];
      };
      return claims.iss === issuer && audiences(claims.aud).includes(to) ? claims : undefined;
    } catch {
      return undefined;
    }
  }

  const isOver = (ms: number): boolean => !(ms + clockSkewMs > clock());

  async function approvalOf(review: Review, bound: Bound): Promise<AuthzenApproval | undefined> {
    const { reviewId, expiresAt, resolvedAt } = review;
    if (expiresAt === undefined) return undefined;
    const exp = Math.floor(Date.parse(expiresAt) / 1000);
    const state = await sign({
      ...{ iss: issuer, aud: issuer, iat: Math.floor(clock() / 1000), exp },
      ...{ approval_id: `apr_${reviewId}`, task_id: reviewId, evaluation_id: reviewId },
      ...{ subject: bound.subject, resource: bound.resource, action: bound.action },
    });
    const approvedAt = resolvedAt === undefined ? {} : { approved_at: resolvedAt };
    return { id: `apr_${reviewId}`, ...approvedAt, approved_until: expiresAt, state };
  }

  async function read(review: Review, bound: Bound | undefined): Promise<AuthzenTaskResponse> {
    const { reviewId: id, state, revokedBy, expiresAt } = review;
    const status = revokedBy === undefined ? STATUS[state] : 'cancelled';
    const task = {
      ...{ id, status, status_endpoint: statusEndpoint(id) },
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
    };
    const approval = status === 'approved' && bound ? await approvalOf(review, bound) : undefined;
    return approval ? { task, result: { mode: 'reevaluate', approval } } : { task };
  }

  /** The question a review was asked with; undefined when its values were erased. */
  async function boundOf({ index, binding, tool, context }: Review): Promise<Bound | undefined> {
    const at = { index, digest: binding, name: 'binding' } as const;
    const bound = await readBound(log, at).catch(() => undefined);
    return bound && evaluationRequestOf({ tool, args: bound.args, context });
  }

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
      const bindingToken = await sign({
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
      const { denial } = parsed.data;
      const bound = parsed.data as unknown as Bound;
      const claims =
        denial.binding_token === undefined
          ? undefined
          : await verify(denial.binding_token, bindingClaimsSchema, audience);
      if (claims === undefined) return authzenProblem('invalid_denial_binding');
      const named = denial.evaluation_id ?? claims.evaluation_id;
      const dated = denial.expires_at === claims.denial_expires_at;
      if (named !== claims.evaluation_id || !dated || !isSame(bound, claims as unknown as Bound)) {
        return authzenProblem('invalid_denial_binding');
      }
      if (isOver(Math.min(claims.exp * 1000, Date.parse(claims.denial_expires_at)))) {
        return authzenProblem('expired_denial');
      }
      const review = await reviews.get(claims.evaluation_id);
      if (review === undefined) return authzenProblem('invalid_denial_binding');
      return read(review, claims as unknown as Bound);
    },
    async task(taskId) {
      const review = await reviews.get(taskId);
      return review ? read(review, await boundOf(review)) : authzenProblem('unknown_task');
    },
    async presented(request) {
      const parsed = evaluationRequestSchema.safeParse(request);
      const given = parsed.success ? parsed.data.context?.approval : undefined;
      if (!parsed.success || given === undefined) return { kind: 'none' };
      const unverifiable = { kind: 'not_applicable', reason: 'approval_unverifiable' } as const;
      const approval = approvalSchema.safeParse(given);
      if (!approval.success || approval.data.state === undefined) return unverifiable;
      const { id, state, approved_until: until } = approval.data;
      const claims = await verify(state, approvalClaimsSchema, issuer);
      const bound = parsed.data as unknown as Bound;
      if (claims?.approval_id !== id) return unverifiable;
      if (!isSame(bound, claims as unknown as Bound)) return unverifiable;
      const review = await reviews.get(claims.task_id);
      if (review === undefined || review.expiresAt !== until) return unverifiable;
      const current = review.state === 'approved' || review.state === 'consumed';
      if (!current || isOver(claims.exp * 1000)) {
        return { kind: 'not_applicable', reason: 'approval_expired' };
      }
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
