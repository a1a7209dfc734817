import {
  type Awaitable,
  andThen,
  type CounterStore,
  createDiscloser,
  createIds,
  type DecisionPoint,
  type Discloser,
  type EvidenceContext,
  type EvidenceReader,
  type EvidenceRecord,
  type PolicyDecider,
  type PolicyReference,
  promised,
  type Recorder,
  readRecords,
  systemClock,
  type TraceListOptions,
} from '@spanforge/core-events';
import type { Projection } from '@spanforge/core-events/log';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { createBundleReader } from '../bundle/bundle-reader.js';
import type { ControlName } from '../bundle/controls.js';
import { PolicyError } from '../error.js';
import { type AuditSample, createAuditSample } from './audit-sample.js';
import { allActive, applicationsOf, readState, type Unbundled } from './bundle-in-force.js';
import type { BundleScope } from './bundle-scope.js';
import { createCounting } from './counting.js';
import {
  createDecisionRecorder,
  type Evaluation,
  type PolicyQuestion,
} from './decide-and-record.js';
import { createDecisionLabels, type DecisionLabels } from './decision-labels.js';
import { createLifecycle, type PolicyLifecycle } from './lifecycle.js';
import { type LifecycleState, projectLifecycle } from './lifecycle-projection.js';
import { createLifecycleWriter } from './lifecycle-writer.js';
import { checkSignaturePolicy, type SignaturePolicy } from './signatures.js';

/** What a policy service needs. */
export interface PolicyOptions {
  /** Where decisions and activations are recorded. */
  readonly recorder: Recorder;
  /** Where activations are read back, also those of other processes. */
  readonly reader: EvidenceReader;
  /**
   * The context of lifecycle records, and the tenant and environment of requests that have no context
   * of their own.
   */
  readonly context: EvidenceContext;
  /**
   * An application of the environment, such as an MCP server, with bundles of its own: bundles
   * activated here govern only this application, and the environment's bundle does not govern it.
   */
  readonly application?: string;
  /** Controls beside the documented ones. */
  readonly controls?: readonly ControlName[];
  /** Milliseconds since the epoch; the system's when absent. Says which activation is in force. */
  readonly clock?: () => number;
  /** Commits to governed values; random salts when absent. */
  readonly discloser?: Discloser;
  /** Age at which the state is refreshed before it is used; 50 ms when absent. */
  readonly refreshMs?: number;
  /** Age of the state beyond which decisions block when the log cannot be read; 5000 ms when absent. */
  readonly maxLagMs?: number;
  /** The signatures a bundle needs; none when absent. */
  readonly signatures?: SignaturePolicy;
  /** Where calls are counted for counted facts; without it those facts are missing. */
  readonly counters?: CounterStore;
  /** How long a counter is waited for before its fact is missing; 1000 ms when absent. */
  readonly counterTimeoutMs?: number;
  /**
   * The outcome when no bundle is in force: never activated, deactivated, activated for another
   * environment or tenant, or not yet in effect. `allow` when absent: services decide by themselves.
   */
  readonly unbundled?: Unbundled;
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

/** The status of the service, for the tenant of its context, and its application if it has one. */
export interface PolicyStatus {
  /** `unavailable` when the log, or a bundle in it, cannot be read. */
  readonly status: 'ok' | 'unavailable';
  /** The bundle in force, by environment. */
  readonly active: Readonly<Record<string, PolicyReference>>;
  /** The candidate that decides beside it, by environment. */
  readonly shadow: Readonly<Record<string, PolicyReference>>;
  /** The tenant's applications that have bundles of their own. */
  readonly applications: readonly string[];
  /** Decisions that stood without a record, under `on_unavailable: fail_open`. */
  readonly unrecorded: number;
  /** Decisions of a candidate that could not be recorded. */
  readonly shadowUnrecorded: number;
}

/** The policy decision point: bundles live in the evidence log, decisions are recorded there. */
export interface Policy extends Required<PolicyDecider> {
  /**
   * Decides and records the decision as `spanforge.policy.decision.v1`. Never rejects: a state
   * that cannot be read gives `block` with code `state_unavailable`, a record that cannot be
   * appended `evidence_unavailable`. An absent `time` or `env` is taken from the clock or the context;
   * an environment that differs from the context's is `block` with code `environment_mismatch`.
   *
   * Counters are counted first; a call that ends in `block` is subtracted again. If a counter does
   * not answer, its fact is missing. The decision of a candidate in shadow is recorded with mode
   * `shadow` and changes nothing.
   */
  evaluate(request: PolicyQuestion, scope: EvaluateScope): Promise<Evaluation>;
  /** Which bundle governs where, and every step that changes it. */
  readonly lifecycle: PolicyLifecycle;
  /** Reviewers' labels of past decisions. */
  readonly labels: DecisionLabels;
  /**
   * The decisions recorded for a trace, in log order.
   *
   * @param options Those of another tenant; of the service's own when absent.
   * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`, `EVENTS_RECORD_TAMPERED`.
   */
  listForTrace(traceId: string, options?: TraceListOptions): Promise<readonly EvidenceRecord[]>;
  /**
   * Whether the bundle in force has an enabled rule about a control, its default left aside; false
   * where none is in force, true where that cannot be told. For a host whose default is meant for
   * one control only.
   */
  hasRule(point: DecisionPoint): Awaitable<boolean>;
  getStatus(): Promise<PolicyStatus>;
}

async function readStatus(
  state: Projection<LifecycleState>,
  scope: Pick<BundleScope, 'tenant' | 'application'>,
  clock: () => number,
  missing: Pick<PolicyStatus, 'unrecorded' | 'shadowUnrecorded'>,
): Promise<PolicyStatus> {
  try {
    const { state: known } = await readState(state);
    const applications = applicationsOf(known, scope.tenant);
    return { status: 'ok', ...allActive(known, scope, clock()), applications, ...missing };
  } catch {
    return { status: 'unavailable', active: {}, shadow: {}, applications: [], ...missing };
  }
}

/**
 * Creates the policy service over an evidence log; reads nothing until the first request.
 *
 * @throws {PolicyError} `POLICY_OPTIONS_INVALID` for a threshold greater than the number of keys, an
 *   invalid probability, or an application without a name.
 */
export function createPolicy(options: PolicyOptions): Policy {
  const { recorder, reader, context, application } = options;
  const { tenant } = context;
  const clock = options.clock ?? systemClock;
  const disclose = options.discloser ?? createDiscloser();
  if (application !== undefined) throwIfInvalidApplication(application);
  const timeoutMs = options.counterTimeoutMs ?? 1000;
  const signers = options.signatures && checkSignaturePolicy(options.signatures);
  const draw = createAuditSample(options.auditSample);
  const { controls = [], refreshMs, maxLagMs } = options;
  const readBundle = createBundleReader(controls);
  const state = projectLifecycle({ reader, readBundle, signers, clock, refreshMs, maxLagMs });
  const makeId = createIds(clock);
  const counting = createCounting({ store: options.counters, timeoutMs, clock, makeId });
  const { unbundled = 'allow' } = options;
  const parts = {
    state,
    context,
    application,
    clock,
    disclose,
    counting,
    draw,
    unbundled,
    shadowMs: timeoutMs,
  };
  const deciding = createDecisionRecorder(parts);
  const writer = createLifecycleWriter(recorder, state);

  return Object.freeze({
    lifecycle: createLifecycle({
      ...{ reader, context, application, clock, readBundle, signers, writer, state },
      parseOptions: { controls },
    }),
    labels: createDecisionLabels({
      ...{ reader, recorder, context, application, disclose, clock, state },
    }),
    decide: (request, scope) =>
      scope === undefined
        ? deciding.decide(request)
        : promised(() => andThen(deciding.record(request, scope), ({ verdict }) => verdict)),
    async evaluate(request, scope) {
      const where = { context: scope.context, recorder, ...recorderOf(scope) };
      const { verdict, appended } = await deciding.record(request, where);
      return appended === undefined ? { verdict } : { verdict, receipts: appended.receipts };
    },
    hasSay: deciding.hasSay,
    hasRule: deciding.hasRule,
    listForTrace: (traceId, where = {}) =>
      readRecords(reader, {
        ...{ ...where, tenant: where.tenant ?? tenant, traceId, types: [policyDecisionV1.key] },
      }),
    getStatus: () => readStatus(state, { tenant, application }, clock, deciding.missing()),
  } satisfies Policy);
}

const recorderOf = ({ recorder }: EvaluateScope) => (recorder === undefined ? {} : { recorder });

const MAX_NAME = 512;

function throwIfInvalidApplication(application: string): void {
  if (application.trim() !== '' && application.length <= MAX_NAME) return;
  const message = `application: expected a name of at most ${MAX_NAME} characters`;
  throw new PolicyError('POLICY_OPTIONS_INVALID', message);
}
