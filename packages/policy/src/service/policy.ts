import {
  createDiscloser,
  type DecisionScope,
  type Discloser,
  type EvidenceContext,
  type EvidenceReader,
  type EvidenceRecord,
  type PolicyDecider,
  type PolicyReference,
  type PolicyRequest,
  type PolicyVerdict,
  type Receipt,
  type Recorder,
  systemClock,
} from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import type { PolicyBundle } from '../bundle/bundle.js';
import type { Control } from '../bundle/controls.js';
import { blocked } from '../decide/decider.js';
import { projectActivations } from './activations.js';
import { type Activator, createActivator } from './activator.js';
import {
  type Answer,
  activeBundle,
  allActive,
  answer,
  readState,
  standsUnrecorded,
} from './answer.js';
import { decisionDraft } from './records.js';
import { type Snapshot, takeSnapshot } from './snapshot.js';

/** What a policy service needs. */
export interface PolicyOptions {
  /** Where decisions and activations are recorded. */
  readonly recorder: Recorder;
  /** Where activations are read back, also those of other processes. */
  readonly reader: EvidenceReader;
  /** Stands in lifecycle records, and names the environment where a request does not. */
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
}

/** Where an evaluation is recorded. */
export interface EvaluateScope {
  readonly context: EvidenceContext;
  /** The service's own when absent. */
  readonly recorder?: Recorder;
}

/** A verdict, and what became of its record. */
export interface Evaluation {
  readonly verdict: PolicyVerdict;
  /** Settles when the record is durable; absent when it could not be appended. */
  readonly receipts?: Promise<readonly Receipt[]>;
}

/** How the service stands. */
export interface PolicyStatus {
  /** `unavailable` when the log cannot be read, or what it says cannot be. */
  readonly status: 'ok' | 'unavailable';
  /** The bundle in force, by environment. */
  readonly active: Readonly<Record<string, PolicyReference>>;
  /** Decisions that stood without a record, under `on_unavailable: fail_open`. */
  readonly unrecorded: number;
}

/** The policy decision point: bundles live in the evidence log, decisions are recorded there. */
export interface Policy extends PolicyDecider, Activator {
  /**
   * The bundle that governs an environment now, or `undefined` when none does.
   *
   * @throws {PolicyError} `POLICY_STATE_UNAVAILABLE` when the log, or what it says, cannot be read.
   */
  active(environment: string): Promise<PolicyBundle | undefined>;
  /**
   * Decides and records the decision as `spanforge.policy.decision.v1`. Never rejects: a state
   * that cannot be read gives `block` with code `state_unavailable`, a record that cannot be
   * appended `evidence_unavailable`. Where `time` or `env` is absent, the clock's and the context's
   * stand in; another environment than the context's is `block` with code `environment_mismatch`.
   */
  evaluate(
    request: Omit<PolicyRequest, 'time'> & { readonly time?: number },
    scope: EvaluateScope,
  ): Promise<Evaluation>;
  /** The decisions recorded for a trace, in log order. */
  listForTrace(traceId: string): Promise<readonly EvidenceRecord[]>;
  getStatus(): Promise<PolicyStatus>;
}

/** Creates the policy service over an evidence log; nothing is read before it is asked. */
export function createPolicy(options: PolicyOptions): Policy {
  const { reader, refreshMs, maxLagMs } = options;
  const clock = options.clock ?? systemClock;
  const disclose = options.discloser ?? createDiscloser();
  const state = projectActivations(reader, options.controls ?? [], {
    clock,
    ...(refreshMs === undefined ? {} : { refreshMs }),
    ...(maxLagMs === undefined ? {} : { maxLagMs }),
  });
  let unrecorded = 0;

  async function ask(request: NonNullable<Snapshot['copy']>): Promise<Answer> {
    try {
      return answer(state.fresh() ?? (await state.current()), request, clock());
    } catch {
      return UNAVAILABLE;
    }
  }

  async function judge(request: Asked): Promise<Answer> {
    const { copy } = takeSnapshot(request, { env: options.context.env, time: clock() });
    return copy === undefined ? UNREADABLE : ask(copy);
  }

  async function record(request: Asked, scope: DecisionScope): Promise<Evaluation> {
    const { env } = scope.context;
    const asked = takeSnapshot(request, { env, time: clock() });
    const { copy } = asked;
    const { verdict, bundle } =
      copy === undefined ? UNREADABLE : copy.env !== env ? ELSEWHERE : await ask(copy);
    try {
      const draft = decisionDraft(asked, verdict, scope.context, disclose);
      const { receipts } = await scope.recorder.append([draft]);
      receipts.catch(() => undefined);
      return { verdict, receipts };
    } catch {
      if (bundle === undefined || !standsUnrecorded(bundle, verdict)) {
        return { verdict: withoutEvidence(verdict) };
      }
      unrecorded += 1;
      return { verdict };
    }
  }

  return Object.freeze({
    ...createActivator({ ...options, state }),
    decide(request: PolicyRequest, scope?: DecisionScope) {
      return (scope === undefined ? judge(request) : record(request, scope)).then(verdictOf);
    },
    async evaluate(request: Asked, { context, recorder = options.recorder }: EvaluateScope) {
      return record(request, { context, recorder });
    },
    async active(environment: string) {
      return activeBundle(await readState(state), environment, clock());
    },
    listForTrace: (traceId: string) => readTrace(reader, traceId),
    async getStatus(): Promise<PolicyStatus> {
      try {
        return { status: 'ok', active: allActive(await readState(state), clock()), unrecorded };
      } catch {
        return { status: 'unavailable', active: {}, unrecorded };
      }
    },
  });
}

type Asked = Omit<PolicyRequest, 'time'> & { readonly time?: number };

const verdictOf = ({ verdict }: Answer | Evaluation): PolicyVerdict => verdict;

const refused = (reasonCode: string, reason: string): Answer =>
  Object.freeze({ verdict: Object.freeze(blocked(reasonCode, reason)) });

const UNREADABLE = refused('request_unreadable', 'The request cannot be read.');
const UNAVAILABLE = refused('state_unavailable', 'The active policy cannot be read.');
const ELSEWHERE = refused(
  'environment_mismatch',
  'The request names another environment than its context.',
);

function withoutEvidence({ policy }: PolicyVerdict): PolicyVerdict {
  const verdict = blocked('evidence_unavailable', 'The decision could not be recorded.');
  return policy === undefined ? verdict : { ...verdict, policy };
}

async function readTrace(
  reader: EvidenceReader,
  traceId: string,
): Promise<readonly EvidenceRecord[]> {
  const found: EvidenceRecord[] = [];
  let cursor: number | undefined = 0;
  while (cursor !== undefined) {
    const page = await reader.query({
      traceId,
      types: [policyDecisionV1.key],
      cursor,
      limit: 1000,
    });
    found.push(...page.records);
    cursor = page.next;
  }
  return found;
}
