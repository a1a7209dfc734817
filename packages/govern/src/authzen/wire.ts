import { z } from 'zod';

/** The draft these objects follow: AuthZEN Access Request and Approval Profile 1.0, Draft 1. */
export const ACCESS_REQUEST_PROFILE = 'authzen-access-request-approval-profile-1_0';

/** The capability that a decision point publishes. */
export const ACCESS_REQUEST_CAPABILITY = 'urn:openid:authzen:capability:access-request';

const entity = z.looseObject({
  type: z.string().min(1),
  id: z.string().min(1),
  properties: z.record(z.string(), z.unknown()).optional(),
});

const action = z.looseObject({
  name: z.string().min(1),
  properties: z.record(z.string(), z.unknown()).optional(),
});

const context = z.record(z.string(), z.unknown());

/** A question in AuthZEN's form, as far as this profile reads it. */
export const evaluationRequestSchema = z.looseObject({
  subject: entity,
  resource: entity,
  action,
  context: context.optional(),
});

/** A submission of the profile; one item, as calls are held one by one. */
export const submissionSchema = z.looseObject({
  subject: entity,
  resource: entity,
  action,
  context: context.optional(),
  denial: z.looseObject({
    evaluation_id: z.string().min(1).optional(),
    evaluated_at: z.string().optional(),
    expires_at: z.string().min(1),
    reason: z.string().optional(),
    binding_token: z.string().min(1).optional(),
    template: z.string().optional(),
  }),
});

/** The claims of a binding token, in the inline form that the profile recommends. */
export const bindingClaimsSchema = z.looseObject({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  jti: z.string(),
  evaluation_id: z.string(),
  denial_expires_at: z.string(),
  subject: entity,
  resource: entity,
  action,
});

/** The claims of `approval.state`. */
export const approvalClaimsSchema = z.looseObject({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  approval_id: z.string(),
  task_id: z.string(),
  evaluation_id: z.string(),
  subject: entity,
  resource: entity,
  action,
});

/** An approval as it is presented again. */
export const approvalSchema = z.looseObject({
  id: z.string().min(1),
  approved_at: z.string().optional(),
  approved_until: z.string().min(1),
  state: z.string().optional(),
});

/** Who or what acts, in AuthZEN's form. */
export interface AuthzenEntity {
  readonly type: string;
  readonly id: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** A question in AuthZEN's form. */
export interface AuthzenEvaluationRequest {
  readonly subject: AuthzenEntity;
  readonly resource: AuthzenEntity;
  readonly action: {
    readonly name: string;
    readonly properties?: Readonly<Record<string, unknown>>;
  };
  readonly context?: Readonly<Record<string, unknown>>;
}

/** An answer in AuthZEN's form. */
export interface AuthzenEvaluationResponse {
  readonly decision: boolean;
  readonly context?: Readonly<Record<string, unknown>>;
}

/** The approval that a completed task carries, and that a new evaluation presents unchanged. */
export interface AuthzenApproval {
  readonly id: string;
  readonly approved_at?: string;
  readonly approved_until: string;
  readonly state: string;
}

/** How a task stands; whatever else it may be one day is not an approval. */
export type AuthzenTaskStatus = 'pending' | 'approved' | 'denied' | 'expired' | 'cancelled';

/** What a submission and a look at a task answer. */
export interface AuthzenTaskResponse {
  readonly task: {
    readonly id: string;
    readonly status: AuthzenTaskStatus;
    readonly status_endpoint: string;
    readonly expires_at?: string;
  };
  readonly result?: { readonly mode: 'reevaluate'; readonly approval: AuthzenApproval };
}

/** An error of the profile, as `application/problem+json`. */
export interface AuthzenProblem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
}

const PROBLEMS = {
  not_requestable: [400, 'The submitted denial is not requestable.'],
  invalid_denial_binding: [400, 'The request cannot be bound to the denied decision.'],
  expired_denial: [410, 'The requestable denial has expired.'],
  unknown_task: [404, 'The task is unknown or not available to the caller.'],
  task_expired: [410, 'The task has expired.'],
} as const;

/** A problem of the profile by its name. */
export type AuthzenProblemName = keyof typeof PROBLEMS;

/** Makes the problem document of a name. */
export function authzenProblem(name: AuthzenProblemName): AuthzenProblem {
  const [status, title] = PROBLEMS[name];
  return { type: `urn:openid:authzen:access-request:error:${name}`, title, status };
}
