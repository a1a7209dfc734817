import {
  type Clock,
  type DecisionScope,
  type PolicyDecider,
  type PolicyRequest,
  type PolicyVerdict,
  strictness,
  systemClock,
} from '@spanforge/core-events';
import { createProjection, type Projection } from '@spanforge/core-events/log';
import { policyCanaryV1 } from '@spanforge/core-events/records';
import { PolicyError } from '@spanforge/policy';
import { CONFLICT, conflictError, FAULTY, isConflict, UNAVAILABLE } from './arm-verdicts.js';
import { bucketOfUnit, isCandidate, unitOf } from './bucket.js';
import { createCheck } from './check.js';
import { type CanaryOptions, readConfig } from './config.js';
import { type CandidateCall, createPendingObservations } from './pending.js';
import type { CanaryReport } from './report.js';
import { applyRecord, type CanaryProgress, type CanaryState, emptyState } from './state.js';
import { type CanaryStatus, toStatus, unavailableError } from './status.js';
import type { CanaryArmName } from './tally.js';
import { type UnitContext, unitKey } from './units.js';

/** A verdict, and the arm that gave it. */
export interface CanaryAnswer {
  readonly verdict: PolicyVerdict;
  /** Absent when neither was asked. */
  readonly arm?: CanaryArmName;
  /** Percent of the units on the candidate when it was asked. */
  readonly percent?: number;
}

/**
 * The controller of a canary: decides each request by the candidate or the baseline, watches the
 * difference, and widens or rolls back. As a {@link PolicyDecider} it can take the place of a
 * policy.
 */
export interface Canary extends PolicyDecider {
  /**
   * Decides by the arm of the request's unit, and says which arm that was. A request without a
   * scope has no unit: the baseline decides it, or the candidate at 100 percent, and it is not
   * counted. Before the first look begins the canary, the baseline decides everything. Never
   * rejects: the outcome is `block` with code `state_unavailable` if the state cannot be read,
   * `canary_conflict` if it was written under another config, `policy_error` if an arm rejects.
   */
  ask(request: PolicyRequest, scope?: DecisionScope): Promise<CanaryAnswer>;
  /** The arm of a digest, such as `verdict.policy.digest`. */
  armOf(digest: string): CanaryArmName | undefined;
  /**
   * Reports how a governed call ended. Only calls of the candidate are kept. Latency in
   * milliseconds.
   */
  observeCall(call: CanaryCall): void;
  /** Reports a review of a decision; the first review of a unit counts. */
  observeReview(review: CanaryReview): void;
  /**
   * One look at the canary. It begins the canary if needed, records the observations since the last
   * look with the verdict, and then acts on the verdict. Call it from every replica as often as you
   * like, for example once a minute. It never widens without a durable record. If a rollback cannot
   * be recorded, this process returns to the baseline at once, and a later look records it.
   *
   * @throws {PolicyError} `POLICY_CANARY_CONFLICT` when the log knows the id under other config.
   */
  check(): Promise<CanaryReport>;
  /**
   * The state of the canary in the log; `undefined` before it began.
   *
   * @throws {PolicyError} `POLICY_STATE_UNAVAILABLE`, `POLICY_CANARY_CONFLICT`.
   */
  status(): Promise<CanaryStatus | undefined>;
}

/** How a call ended that ran after a decision. */
export interface CanaryCall {
  readonly arm: CanaryArmName;
  readonly latencyMs: number;
  readonly error: boolean;
  /** Milliseconds since the epoch; now when absent. */
  readonly timeMs?: number;
}

/** A reviewer's judgement of a decision. */
export interface CanaryReview {
  readonly arm: CanaryArmName;
  /** The unit of the decision. */
  readonly context: UnitContext;
  readonly overturned: boolean;
}

function projectCanary(
  { reader, context, refreshMs, maxLagMs }: CanaryOptions,
  id: string,
  clock: Clock,
): Projection<CanaryState> {
  return createProjection({
    reader,
    types: [policyCanaryV1.key],
    empty: () => emptyState(id, context.tenant),
    apply: applyRecord,
    clock,
    ...(refreshMs === undefined ? {} : { refreshMs }),
    ...(maxLagMs === undefined ? {} : { maxLagMs }),
  });
}

/** A latency that could not be measured does not count as fast. */
function measured({ latencyMs, error }: CanaryCall, timeMs: number): CandidateCall {
  const isMeasured = Number.isFinite(latencyMs) && latencyMs >= 0;
  return { timeMs, latencyMs: isMeasured ? latencyMs : 0, error: error || !isMeasured };
}

async function decideBy(
  decider: PolicyDecider,
  request: PolicyRequest,
  scope: DecisionScope | undefined,
): Promise<PolicyVerdict> {
  try {
    return await decider.decide(request, scope);
  } catch {
    return FAULTY;
  }
}

/**
 * Creates the controller of a canary over an evidence log. Creating it reads and writes nothing.
 *
 * @throws {PolicyError} `POLICY_CANARY_INVALID`.
 */
export function createCanary(options: CanaryOptions): Canary {
  const config = readConfig(options);
  const clock = options.clock ?? systemClock;
  const pending = createPendingObservations();
  const { blockedFrom = 'human_review' } = options;
  const projection = projectCanary(options, config.id, clock);
  const evaluation = createCheck({ ...options, config, clock, pending, projection });

  async function progress(): Promise<CanaryProgress | undefined> {
    const { state } = projection.fresh() ?? (await projection.current());
    if (state.unreadable) throw unavailableError(undefined);
    const known = state.progress;
    if (known !== undefined && known.started.configDigest !== config.digest) throw conflictError();
    return known;
  }

  async function ask(request: PolicyRequest, scope?: DecisionScope): Promise<CanaryAnswer> {
    let known: CanaryProgress | undefined;
    try {
      known = await progress();
    } catch (error) {
      return { verdict: isConflict(error) ? CONFLICT : UNAVAILABLE };
    }
    const percent = known === undefined || evaluation.isStopped() ? 0 : known.percent;
    const unit = scope && unitOf(config.salt, unitKey(config.unit, scope.context));
    const bucket = unit === undefined ? undefined : bucketOfUnit(unit);
    // A request without a unit goes to the candidate only when everything does.
    const arm = isCandidate(bucket ?? 1 - Number.EPSILON, percent) ? 'candidate' : 'baseline';
    const verdict = await decideBy(config.arms[arm].decider, request, scope);
    if (unit !== undefined && known?.phase === 'running' && percent === known.percent) {
      const isBlocked = strictness(verdict.outcome) >= strictness(blockedFrom);
      pending.unit(known.step, known.tally, unit, isBlocked);
    }
    return { verdict, arm, percent };
  }

  return Object.freeze({
    ask,
    decide: async (request: PolicyRequest, scope?: DecisionScope) =>
      (await ask(request, scope)).verdict,
    armOf: (digest: string) =>
      (['baseline', 'candidate'] as const).find((arm) => config.arms[arm].digest === digest),
    observeCall(call: CanaryCall) {
      const { arm, timeMs = clock() } = call;
      if (arm !== 'candidate' || !Number.isFinite(timeMs)) return;
      // A time in the future would displace the minutes that are looked at.
      pending.call(measured(call, Math.min(timeMs, clock())));
    },
    observeReview({ arm, context, overturned }: CanaryReview) {
      pending.review(arm, unitOf(config.salt, unitKey(config.unit, context)), overturned);
    },
    check: evaluation.check,
    async status() {
      const known = await progress().catch((error: unknown) => {
        throw PolicyError.is(error) ? error : unavailableError(error);
      });
      return known && toStatus(config.id, known);
    },
  });
}
