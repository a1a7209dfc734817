import {
  type CounterStore,
  createDiscloser,
  createIds,
  type Discloser,
  type EvidenceContext,
  type EvidenceReader,
  type EvidenceRecord,
  type PolicyDecider,
  type PolicyReference,
  type Recorder,
  readRecords,
  systemClock,
} from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import type { PolicyBundle } from '../bundle/bundle.js';
import type { Control } from '../bundle/controls.js';
import { projectActivations } from './activations.js';
import { type Activator, createActivator } from './activator.js';
import { activeBundle, allActive, readState } from './answer.js';
import { type AuditSample, createAuditSample } from './audit-sample.js';
import { createCounting } from './counting.js';
import { createDeciding, type Evaluation, type Question } from './deciding.js';
import { type HistoryOptions, type HistoryPage, readHistory } from './history.js';
import {
  type LabelledObservation,
  type ObservationQuery,
  readObservations,
  resolveControl,
} from './observations.js';
import { createReviews, type Reviews } from './reviews.js';
import { checkSignaturePolicy, type SignaturePolicy } from './signatures.js';
import { createSteps } from './steps.js';

/** What a policy service needs. */
export interface PolicyOptions {
  /** Where decisions and activations are recorded. */
  readonly recorder: Recorder;
  /** Where activations are read back, also those of other processes. */
  readonly reader: EvidenceReader;
  /**
   * Stands in lifecycle records, and says which tenant is meant, and which environment, where a
   * request comes without a context of its own.
   */
  readonly context: EvidenceContext;
  /** Controls beside the documented ones. */
  readonly controls?: readonly Control[];
  /** Milliseconds since the epoch; the system's when absent. Says which activation is in force. */
  readonly clock?: () => number;
  /** Commits to governed values; random salts when absent. */
  readonly discloser?: Discloser;
  /** Age at which the state is refreshed before it is used; 50 ms when absent. */
  readonly refreshMs?: number;
  /** Age beyond which decisions block when the log cannot be read; 5000 ms when absent. */
  readonly maxLagMs?: number;
  /** Whose signatures a bundle needs; none where absent. */
  readonly signatures?: SignaturePolicy;
  /** Where calls are counted for counted facts; without it those facts are missing. */
  readonly counters?: CounterStore;
  /** How long a counter is waited for before its fact is missing; 1000 ms when absent. */
  readonly counterTimeoutMs?: number;
  /** Draws calls that are let through for review; none when absent. */
  readonly auditSample?: AuditSample;
}

/** Where an evaluation is recorded. */
export interface EvaluateScope {
  /** Its tenant and environment say whose bundle decides. */
  readonly context: EvidenceContext;
  /** The service's own when absent. */
  readonly recorder?: Recorder;
}

/** How the service stands, for the tenant of its context. */
export interface PolicyStatus {
  /** `unavailable` when the log cannot be read, or what it says cannot be. */
  readonly status: 'ok' | 'unavailable';
  /** The bundle in force, by environment. */
  readonly active: Readonly<Record<string, PolicyReference>>;
  /** The candidate that decides beside it, by environment. */
  readonly shadow: Readonly<Record<string, PolicyReference>>;
  /** Decisions that stood without a record, under `on_unavailable: fail_open`. */
  readonly unrecorded: number;
  /** Decisions of a candidate that could not be recorded. */
  readonly shadowUnrecorded: number;
}

/** The policy decision point: bundles live in the evidence log, decisions are recorded there. */
export interface Policy extends PolicyDecider, Activator, Reviews {
  /**
   * The bundle that governs an environment of the service's tenant now, or `undefined`.
   *
   * @throws {PolicyError} `POLICY_STATE_UNAVAILABLE` when the log, or what it says, cannot be read.
   */
  active(environment: string): Promise<PolicyBundle | undefined>;
  /**
   * Decides and records the decision as `spanforge.policy.decision.v1`. Never rejects: a state
   * that cannot be read gives `block` with code `state_unavailable`, a record that cannot be
   * appended `evidence_unavailable`. Where `time` or `env` is absent, the clock's and the context's
   * stand in; another environment than the context's is `block` with code `environment_mismatch`.
   *
   * Counters are asked first, and a call that ends in `block` is taken out of them again; a counter
   * that does not answer leaves its fact missing. What a candidate in shadow says is recorded with
   * mode `shadow` and changes nothing.
   */
  evaluate(request: Question, scope: EvaluateScope): Promise<Evaluation>;
  /** The decisions recorded for a trace of the service's tenant, in log order. */
  listForTrace(traceId: string): Promise<readonly EvidenceRecord[]>;
  /**
   * The steps on record for an environment of the service's tenant, refusals among them.
   *
   * @throws {PolicyError} `POLICY_STATE_UNAVAILABLE`, `POLICY_OPTIONS_INVALID` for a page that is none.
   */
  history(environment: string, options?: HistoryOptions): Promise<HistoryPage>;
  /**
   * Decisions with an observed value that people judged, for suggesting a threshold.
   *
   * @throws {PolicyError} `POLICY_STATE_UNAVAILABLE`, `POLICY_OPTIONS_INVALID` where the query names
   *   neither a control nor a rule that was ever active there.
   */
  labelledObservations(query: ObservationQuery): Promise<readonly LabelledObservation[]>;
  getStatus(): Promise<PolicyStatus>;
}

/**
 * Creates the policy service over an evidence log; nothing is read before it is asked.
 *
 * @throws {PolicyError} `POLICY_OPTIONS_INVALID` for a threshold no set of keys can meet, or a
 *   probability that is none.
 */
export function createPolicy(options: PolicyOptions): Policy {
  const { recorder, reader, context } = options;
  const { tenant } = context;
  const clock = options.clock ?? systemClock;
  const disclose = options.discloser ?? createDiscloser();
  const timeoutMs = options.counterTimeoutMs ?? 1000;
  const signers = options.signatures && checkSignaturePolicy(options.signatures);
  const draw = createAuditSample(options.auditSample);
  const { controls = [], refreshMs, maxLagMs } = options;
  const state = projectActivations({ reader, controls, signers, clock, refreshMs, maxLagMs });
  const makeId = createIds(clock);
  const counting = createCounting({ store: options.counters, timeoutMs, clock, makeId });
  const parts = { state, context, clock, disclose, counting, draw, shadowMs: timeoutMs };
  const deciding = createDeciding(parts);
  const reviews = createReviews({ reader, recorder, context, disclose, clock });
  const steps = createSteps(recorder, state);

  return Object.freeze({
    ...createActivator({ context, clock, controls, signers, steps }),
    ...reviews,
    async decide(request, scope) {
      if (scope === undefined) return deciding.decide(request);
      return (await deciding.record(request, scope)).verdict;
    },
    async evaluate(request, scope) {
      return deciding.record(request, { context: scope.context, recorder, ...recorderOf(scope) });
    },
    async active(environment) {
      return activeBundle((await readState(state)).state, { tenant, environment }, clock());
    },
    listForTrace: (traceId) =>
      readRecords(reader, { tenant, traceId, types: [policyDecisionV1.key] }),
    history: (environment, page) => readHistory(reader, { tenant, environment }, page),
    async labelledObservations(query) {
      const place = { tenant, environment: query.environment };
      const asked = resolveControl(query, (await readState(state)).state, place);
      const { environment } = query;
      return readObservations(reader, place, asked, await reviews.reviews({ environment }));
    },
    async getStatus() {
      const missing = deciding.missing();
      try {
        const { state: known } = await readState(state);
        return { status: 'ok', ...allActive(known, tenant, clock()), ...missing };
      } catch {
        return { status: 'unavailable', active: {}, shadow: {}, ...missing };
      }
    },
  } satisfies Policy);
}

const recorderOf = ({ recorder }: EvaluateScope) => (recorder === undefined ? {} : { recorder });
