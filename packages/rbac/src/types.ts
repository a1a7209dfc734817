import type {
  Clock,
  Control,
  ControlCall,
  EvidenceContext,
  EvidenceReader,
  PolicyAnswer,
  PolicyDecider,
  RecordedAt,
  Recorder,
  RecordMode,
  ReviewerCheck,
  ServiceStatus,
  TraceListOptions,
} from '@spanforge/core-events';
import type { RbacBody } from '@spanforge/core-events/records';
import type { ActorRoles } from './actor.js';

import type { RbacDecision, RbacRequest } from './decide.js';
import type { Permissions } from './permissions.js';
import type { Grant } from './queries.js';

/** Options of a role service as a control of calls. */
export interface RbacControlOptions<Call extends ControlCall = ControlCall> {
  /** Whether the policy is asked as well; true if the service was made with one. */
  readonly asksPolicy?: boolean;
  /** The roles that a call needs. When absent, no role is required and the permissions decide. */
  readonly requires?: (call: Call) => Pick<RbacRequest, 'requiredRoles' | 'anyOf'>;
}

/** How a role service is made. Recorder and reader have no default: they are one evidence log. */
export interface RbacOptions {
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  /** Which roles each role includes; `STANDARD_ROLE_MATRIX` when absent. */
  readonly roleMatrix?: Readonly<Record<string, readonly string[]>>;
  /** Actions by resource by role. When given, a request needs a permission beside required roles. */
  readonly permissions?: Permissions;
  /** Asked by `authorizeWithPolicy`. */
  readonly policy?: PolicyDecider;
  readonly clock?: Clock;
  /** Milliseconds that the roles, or the policy, may take to answer; 1000 when absent. */
  readonly lookupTimeoutMs?: number;
  /** Milliseconds that a record may take to be durable; 5000 when absent. */
  readonly recordTimeoutMs?: number;
  /** Age of the roles, in milliseconds, at which the log is read again; 50 when absent. */
  readonly refreshMs?: number;
  /** Age of the roles, in milliseconds, beyond which everything is blocked; 5000 when absent. */
  readonly maxLagMs?: number;
}

/** The context of a call and the recorder for its record. */
export interface RbacCall {
  readonly context: EvidenceContext;
  /** The service's own when absent. */
  readonly recorder?: Recorder;
  /** `live` when absent. */
  readonly mode?: RecordMode;
}

/** The context of a registration, and how its roles were verified. */
export interface RegisterCall extends RbacCall {
  /** `host` when absent: the host itself vouches for the roles. Recorded. */
  readonly verifiedBy?: 'host' | 'jwt' | 'unsafe-none';
}

/** A decision, and the evidence of it. */
export interface RbacResult extends RbacDecision {
  /** Id of its record; absent when it could not be recorded, and then the outcome is `block`. */
  readonly recordId?: string;
  /** The log size that the roles reflect; absent when none were looked up. */
  readonly stateSize?: number;
  readonly policy?: PolicyAnswer;
  /** Id of the policy's own record of its decision; absent when no policy was asked. */
  readonly policyDecisionId?: string;
}

/** A role decision read back from the log. */
export type RecordedRbacDecision = RbacBody & RecordedAt;

/** How a role service is doing. Counts are since it was made. */
export interface RbacStatus {
  /** `unavailable` when the roles cannot be read, or when the last decision could not be recorded. */
  readonly status: ServiceStatus;
  /** Why the status is not `ok`: the worst that is known. */
  readonly reasonCode?: 'evidence_unavailable' | 'state_unavailable';
  /** Actors with roles, in all tenants of the log; as last known. */
  readonly registeredActors: number;
  readonly totalChecks: number;
  /** Checks that answered `allowed: false`. */
  readonly blockedChecks: number;
  /** Checks that were answered `block` because their record could not be written. */
  readonly unrecordedChecks: number;
}

/** Decides by roles who may do what. */
export interface Rbac {
  /**
   * Registers an actor's roles, replacing those before, and resolves once they are durable and in
   * force here. Other processes over the same log see them within their `refreshMs`.
   *
   * @throws {RbacError} `RBAC_ACTOR_INVALID`, `RBAC_EVIDENCE_UNAVAILABLE`,
   *   `RBAC_STATE_UNAVAILABLE`.
   */
  registerActor(actor: unknown, call: RegisterCall): Promise<ActorRoles>;
  /** The same as {@link Rbac.registerActor}. */
  register(actor: unknown, call: RegisterCall): Promise<ActorRoles>;
  /**
   * Removes an actor's roles.
   *
   * @returns False when there were none.
   *
   * @throws {RbacError} `RBAC_EVIDENCE_UNAVAILABLE`, `RBAC_STATE_UNAVAILABLE`.
   */
  unregister(actorId: string, call: RbacCall): Promise<boolean>;
  /**
   * The roles in force for an actor of a tenant.
   *
   * @throws {RbacError} `RBAC_STATE_UNAVAILABLE`.
   */
  getActor(actorId: string, where: { readonly tenant: string }): Promise<ActorRoles | undefined>;
  /**
   * Decides whether an actor may act on a resource, and records the decision before answering.
   *
   * If both required roles and a permission matrix are given, both must hold; if neither is, the
   * outcome is `block`. Never rejects; a refusal is a value. Roles that cannot be read
   * within `lookupTimeoutMs` give `block` with `store_unavailable`. A record that is not written
   * within `recordTimeoutMs` gives `block` with `evidence_unavailable`: nothing is allowed without
   * a durable record.
   */
  authorize(request: RbacRequest, call: RbacCall): Promise<RbacResult>;
  /**
   * Like {@link Rbac.authorize}, and asks the policy once. The policy records its decision as
   * `spanforge.policy.decision.v1` through the call's recorder; its answer is part of this
   * service's record too.
   *
   * The stricter of both counts. A denial is `block` whatever the policy says: a policy that
   * redacts, holds or allows does not let a denied action run. The policy's outcome is in the record,
   * and its obligations are kept. A policy that is not configured, fails or is slower than
   * `lookupTimeoutMs`, its record included, gives `block` with `policy_unavailable`.
   */
  authorizeWithPolicy(request: RbacRequest, call: RbacCall): Promise<RbacResult>;
  /**
   * What an actor may do by the permission matrix. Empty if there is no matrix or no such actor.
   *
   * @throws {RbacError} `RBAC_STATE_UNAVAILABLE`.
   */
  whatMay(actorId: string, where: { readonly tenant: string }): Promise<readonly Grant[]>;
  /**
   * The ids of the actors who may do something by the permission matrix, sorted.
   *
   * @throws {RbacError} `RBAC_STATE_UNAVAILABLE`.
   */
  whoMay(
    request: { readonly resource: string; readonly action: string },
    where: { readonly tenant: string },
  ): Promise<readonly string[]>;
  /**
   * Every role decision recorded for a trace, in log order.
   *
   * @param options `tenant` limits them to one tenant of the log.
   * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`, `EVENTS_RECORD_TAMPERED`.
   */
  listForTrace(
    traceId: string,
    options?: TraceListOptions,
  ): Promise<readonly RecordedRbacDecision[]>;
  /**
   * This service as a control of a governor: asks about the actor of the call's context, the call's
   * resource and its action, and records through the governor's recorder.
   */
  control<Call extends ControlCall = ControlCall>(
    options?: RbacControlOptions<Call>,
  ): Control<Call>;
  /**
   * This service as the governor's `reviewers` option. It checks that enough distinct people decide a
   * review, that the requester is none of them, and that each now has one of the demanded roles on the
   * resource `reviews`.
   */
  reviewers(): ReviewerCheck;
  /** How this service is doing. Never rejects. */
  getStatus(): Promise<RbacStatus>;
}
