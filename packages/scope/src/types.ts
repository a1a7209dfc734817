import type {
  Clock,
  Control,
  ControlCall,
  EvidenceContext,
  EvidenceReader,
  MakeId,
  PolicyAnswer,
  PolicyDecider,
  RecordedAt,
  Recorder,
  RecordMode,
  ServiceStatus,
  TraceListOptions,
} from '@spanforge/core-events';
import type { ScopeBody } from '@spanforge/core-events/records';

import type { ScopeDecision, ScopeRequest } from './decide.js';
import type { ScopeManifest } from './manifest.js';
import type { ScopeGrant } from './queries.js';

/** Options of a scope service as a control of calls. */
export interface ScopeControlOptions<Call extends ControlCall = ControlCall> {
  /** Whether the policy is asked as well; true if the service was made with one. */
  readonly asksPolicy?: boolean;
  /** A capability the agent must have declared for this call; none when absent. */
  readonly capability?: (call: Call) => string | undefined;
}

/** How a scope service is made. Recorder and reader have no default: they are one evidence log. */
export interface ScopeOptions {
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  /** Asked by `evaluateWithPolicy`. */
  readonly policy?: PolicyDecider;
  readonly clock?: Clock;
  readonly ids?: MakeId;
  /** Consecutive failures to record before the circuit opens; 5 when absent. */
  readonly cbThreshold?: number;
  /** Seconds before an open circuit lets a probe through; 30 when absent. */
  readonly cbResetSeconds?: number;
  /** Milliseconds that the manifests, or the policy, may take to answer; 1000 when absent. */
  readonly lookupTimeoutMs?: number;
  /** Milliseconds that a record may take to be durable; 5000 when absent. */
  readonly recordTimeoutMs?: number;
  /** Age of the manifests, in milliseconds, at which the log is read again; 50 when absent. */
  readonly refreshMs?: number;
  /** Age of the manifests, in milliseconds, beyond which everything is blocked; 5000 when absent. */
  readonly maxLagMs?: number;
  /** Unrecorded decisions that are kept one by one; the others are only counted. 1000 when absent. */
  readonly maxLateRecords?: number;
}

/** The context of a call and the recorder for its record. */
export interface ScopeCall {
  readonly context: EvidenceContext;
  /** The service's own when absent. */
  readonly recorder?: Recorder;
  /** `live` when absent. */
  readonly mode?: RecordMode;
}

/** A decision, and the evidence of it. */
export interface ScopeResult extends ScopeDecision {
  /** Id of its record; absent when it could not be recorded, and then the outcome is `block`. */
  readonly recordId?: string;
  /** The log size that the manifests reflect; absent when none were looked up. */
  readonly stateSize?: number;
  readonly policy?: PolicyAnswer;
  /** Id of the policy's own record of its decision; absent when no policy was asked. */
  readonly policyDecisionId?: string;
}

/** A scope decision read back from the log. */
export type RecordedScopeDecision = ScopeBody & RecordedAt;

/** How a scope service is doing. Counts are since it was made. */
export interface ScopeStatus {
  /** `unavailable`: manifests cannot be read or the circuit is not closed. `degraded`: see below. */
  readonly status: ServiceStatus;
  /** Why the status is not `ok`: the worst that is known. `evidence_waiting` is `degraded`. */
  readonly reasonCode?: 'evidence_waiting' | 'circuit_open' | 'state_unavailable';
  /** Agents with a manifest, in all tenants of the log; as last known. */
  readonly registeredAgents: number;
  readonly totalChecks: number;
  /** Checks that answered `allowed: false`. */
  readonly blockedChecks: number;
  /** Checks whose record still waits for the log. */
  readonly unrecordedChecks: number;
  /** Checks that could never be recorded because their context was not valid. */
  readonly unrecordableChecks: number;
  readonly breaker: 'closed' | 'open' | 'half_open';
}

/** Keeps agents inside their declared capabilities and resources. */
export interface Scope {
  /**
   * Registers an agent's manifest, replacing the one before, and resolves once it is durable and in
   * force here. Other processes over the same log see it within their `refreshMs`.
   *
   * @throws {ScopeError} `SCOPE_MANIFEST_INVALID`, `SCOPE_TENANT_MISMATCH`,
   *   `SCOPE_DELEGATION_INVALID` when it is wider than the manifest it was delegated from,
   *   `SCOPE_EVIDENCE_UNAVAILABLE`, `SCOPE_STATE_UNAVAILABLE`.
   */
  registerAgent(manifest: unknown, call: ScopeCall): Promise<ScopeManifest>;
  /** The same as {@link Scope.registerAgent}. */
  register(manifest: unknown, call: ScopeCall): Promise<ScopeManifest>;
  /**
   * Removes an agent's manifest. Agents that it delegated to are blocked from then on.
   *
   * @returns False when there was none.
   * @throws {ScopeError} `SCOPE_EVIDENCE_UNAVAILABLE`, `SCOPE_STATE_UNAVAILABLE`.
   */
  unregister(agentId: string, call: ScopeCall): Promise<boolean>;
  /**
   * The manifest in force for an agent of a tenant.
   *
   * @throws {ScopeError} `SCOPE_STATE_UNAVAILABLE`.
   */
  getManifest(
    agentId: string,
    where: { readonly tenant: string },
  ): Promise<ScopeManifest | undefined>;
  /**
   * Decides whether an agent may act on a resource, and records the decision before answering.
   *
   * Never rejects; a refusal is a value. Manifests that cannot be read within `lookupTimeoutMs`
   * give `block` with `store_unavailable`. A record that is not written within `recordTimeoutMs`
   * gives `block` with `evidence_unavailable`: nothing is allowed without a durable record. After
   * `cbThreshold` consecutive failures the circuit is open and everything is `block` at once with
   * `circuit_open`, until a probe succeeds.
   *
   * Decisions that were answered without a record are kept and recorded once the log answers again:
   * `maxLateRecords` one by one, the others as one record per tenant with their number. The time of
   * such a record is when it was written.
   */
  evaluate(request: ScopeRequest, call: ScopeCall): Promise<ScopeResult>;
  /**
   * Like {@link Scope.evaluate}, and asks the policy once. The policy records its decision as
   * `spanforge.policy.decision.v1` through the call's recorder; its answer is part of this
   * service's record too.
   *
   * The stricter of both counts. A denial is at least the manifest's `onDenied` (`escalate` counts
   * as `human_review`), whatever the policy says: a policy that redacts or allows does not let a
   * denied action run. The policy's outcome is in the record, and its obligations are kept. Without a
   * valid manifest the outcome is `block`. A policy that is not configured, fails
   * or is slower than `lookupTimeoutMs`, its record included, gives `block` with
   * `policy_unavailable`.
   */
  evaluateWithPolicy(request: ScopeRequest, call: ScopeCall): Promise<ScopeResult>;
  /**
   * Decides whether an agent has declared a capability, whatever the resource. Recorded as the
   * action `require` on the resource `capability`. Never rejects.
   */
  requireCapability(
    request: Pick<ScopeRequest, 'agentId'> & { readonly capability: string },
    call: ScopeCall,
  ): Promise<ScopeResult>;
  /**
   * Every scope decision recorded for a trace, in log order.
   *
   * @param options `tenant` limits them to one tenant of the log.
   * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`, `EVENTS_RECORD_TAMPERED`.
   */
  listForTrace(
    traceId: string,
    options?: TraceListOptions,
  ): Promise<readonly RecordedScopeDecision[]>;
  /**
   * What an agent may do now: what every manifest of its delegation chain grants. Empty for an agent
   * without a manifest, with an expired one, or with a broken delegation chain.
   *
   * @throws {ScopeError} `SCOPE_STATE_UNAVAILABLE`.
   */
  whatMay(agentId: string, where: { readonly tenant: string }): Promise<readonly ScopeGrant[]>;
  /**
   * The ids of the agents to which `evaluate` would grant this request now, sorted.
   *
   * @throws {ScopeError} `SCOPE_STATE_UNAVAILABLE`.
   */
  whoMay(
    request: Pick<ScopeRequest, 'resource' | 'action' | 'capability'>,
    where: { readonly tenant: string },
  ): Promise<readonly string[]>;
  /**
   * This service as a control of a governor: asks about the agent of the call's context, the call's
   * resource and its action, and records through the governor's recorder.
   */
  control<Call extends ControlCall = ControlCall>(
    options?: ScopeControlOptions<Call>,
  ): Control<Call>;
  /** How this service is doing. Never rejects. */
  getStatus(): Promise<ScopeStatus>;
  /** Tries to write the decisions that wait for the log. Never rejects; see `unrecordedChecks`. */
  flush(): Promise<void>;
}
