import type {
  Appended,
  DecisionPoint,
  DecisionScope,
  Discloser,
  EvidenceContext,
  PolicyRequest,
  PolicyVerdict,
  Receipt,
} from '@spanforge/core-events';
import { type Awaitable, andThen, appendTo, within } from '@spanforge/core-events';
import type { Projected, Projection } from '@spanforge/core-events/log';
import { blocked, type Decider } from '../decide/decider.js';
import {
  deciderInForce,
  shadowDecider,
  standsUnrecorded,
  type Unbundled,
  unbundledVerdict,
} from './bundle-in-force.js';
import type { BundleScope } from './bundle-scope.js';
import type { Counting } from './counting.js';
import {
  type DecidedRequest,
  decideRequest,
  type ReadableRequest,
  undecided,
} from './decide-request.js';
import type { LifecycleState } from './lifecycle-projection.js';
import { decisionDraft } from './records.js';
import { type RequestSnapshot, takeSnapshot } from './request-snapshot.js';

/** A request as callers of the service give it: time and environment are optional. */
export type PolicyQuestion = Omit<PolicyRequest, 'time'> & { readonly time?: number };

/** A verdict and its record. */
export interface Evaluation {
  readonly verdict: PolicyVerdict;
  /** Settles when the record is durable; absent when it could not be appended. */
  readonly receipts?: Promise<readonly Receipt[]>;
}

/** A verdict and what appending its record answered; that is absent when it could not be appended. */
export interface AppendedVerdict {
  readonly verdict: PolicyVerdict;
  readonly appended?: Appended;
}

/** Takes decisions, with a record and without. */
export interface DecisionRecorder {
  decide(question: PolicyQuestion): Promise<PolicyVerdict>;
  record(question: PolicyQuestion, scope: DecisionScope): Awaitable<AppendedVerdict>;
  /** See `PolicyDecider.hasSay`. */
  hasSay(point: DecisionPoint): boolean;
  /** Decisions that stood without a record, and shadow decisions that have none. */
  missing(): { readonly unrecorded: number; readonly shadowUnrecorded: number };
}

interface Parts {
  readonly state: Projection<LifecycleState>;
  readonly context: EvidenceContext;
  /** Whose bundles decide, where it is one application's. */
  readonly application?: string | undefined;
  readonly clock: () => number;
  readonly disclose: Discloser;
  readonly counting: Counting;
  /** What holds where no bundle is in force. */
  readonly unbundled: Unbundled;
  readonly draw: (verdict: PolicyVerdict) => number | undefined;
  /** How long a decision waits for the record of its shadow. */
  readonly shadowMs: number;
}

export function createDecisionRecorder(parts: Parts): DecisionRecorder {
  const { state, application, clock, disclose, counting, draw, unbundled } = parts;
  // Each application has counters of its own, even when policies have the same id.
  const space = application === undefined ? undefined : `application/${application}`;
  const scopeOf = ({ tenant }: EvidenceContext, { copy }: ReadableRequest): BundleScope => ({
    ...{ tenant, environment: copy.env, application },
  });
  let unrecorded = 0;
  let shadowUnrecorded = 0;

  function read(): Awaitable<Projected<LifecycleState> | undefined> {
    try {
      return state.fresh() ?? state.current().catch(() => undefined);
    } catch {
      return undefined;
    }
  }

  function ask(
    known: Projected<LifecycleState>,
    asked: ReadableRequest,
    context: EvidenceContext,
  ): Awaitable<DecidedRequest> {
    const scope = scopeOf(context, asked);
    const nowMs = clock();
    const decider = deciderInForce(known.state, scope, nowMs);
    const judged =
      decider === undefined
        ? undecided(unbundledVerdict(unbundled, known.state, scope, nowMs), asked.text)
        : decideRequest(decider, asked, context, counting, space);
    return andThen(judged, (one) => withStateSize(one, known));
  }

  /** The candidate's decision, with counters of its own. */
  async function askShadow(
    decider: Decider | 'unreadable',
    known: Projected<LifecycleState>,
    asked: ReadableRequest,
    context: EvidenceContext,
  ): Promise<DecidedRequest> {
    const own = decider === 'unreadable' ? '' : `shadow/${decider.bundle.digest}`;
    const beside = space === undefined ? own : `${own}/${space}`;
    const judged = await decideRequest(decider, asked, context, counting, beside);
    if (judged.verdict.outcome === 'block') await judged.giveBack();
    return withStateSize(judged, known);
  }

  async function recordShadow(
    asked: RequestSnapshot,
    judged: DecidedRequest,
    scope: DecisionScope,
  ) {
    try {
      const draft = decisionDraft(asked, judged, scope.context, disclose, {
        application,
        mode: 'shadow',
      });
      await within(parts.shadowMs, async () => {
        const { receipts } = await scope.recorder.append([draft]);
        receipts.catch(() => {
          shadowUnrecorded += 1;
        });
      });
    } catch {
      shadowUnrecorded += 1;
    }
  }

  /** The decision about a request, and the candidate's. */
  function answer(asked: RequestSnapshot, context: EvidenceContext): Awaitable<Answer> {
    if (!isReadable(asked)) return { live: undecided(UNREADABLE) };
    if (asked.copy.env !== context.env) return { live: undecided(ELSEWHERE, asked.text) };
    return andThen(read(), (known) => answerBy(known, asked, context));
  }

  function answerBy(
    known: Projected<LifecycleState> | undefined,
    asked: ReadableRequest,
    context: EvidenceContext,
  ): Awaitable<Answer> {
    if (known === undefined) return { live: undecided(UNAVAILABLE, asked.text) };
    const candidate = shadowDecider(known.state, scopeOf(context, asked));
    const live = ask(known, asked, context);
    if (candidate === undefined) return andThen(live, (one) => ({ live: one }));
    const shadow = askShadow(candidate, known, asked, context);
    return Promise.all([live, shadow]).then(([one, other]) => ({ live: one, shadow: other }));
  }

  function conclude(
    asked: RequestSnapshot,
    live: DecidedRequest,
    { recorder, context }: DecisionScope,
  ): Awaitable<AppendedVerdict> {
    const { verdict, bundle } = live;
    const recorded = (appended: Appended): AppendedVerdict => {
      const [decisionId] = appended.ids;
      return { verdict: decisionId === undefined ? verdict : { decisionId, ...verdict }, appended };
    };
    const notRecorded = (): AppendedVerdict => {
      if (bundle === undefined || !standsUnrecorded(bundle, verdict)) {
        return { verdict: withoutEvidence(verdict) };
      }
      unrecorded += 1;
      return { verdict };
    };
    const probability = draw(verdict);
    const more = probability === undefined ? {} : { auditProbability: probability };
    try {
      const draft = decisionDraft(asked, live, context, disclose, { application, ...more });
      const appending = appendTo(recorder, [draft]);
      return appending instanceof Promise
        ? appending.then(recorded).catch(notRecorded)
        : recorded(appending);
    } catch {
      return notRecorded();
    }
  }

  /** Waits for what is under way: the record of the candidate, and counters that are set back. */
  async function finish(
    concluded: Awaitable<AppendedVerdict>,
    beside: Promise<void> | undefined,
    { giveBack }: DecidedRequest,
  ): Promise<AppendedVerdict> {
    const answered = await concluded;
    await beside;
    if (answered.verdict.outcome === 'block') await giveBack();
    return answered;
  }

  return {
    missing: () => ({ unrecorded, shadowUnrecorded }),
    hasSay({ service, control, context }) {
      const known = state.fresh();
      if (known === undefined) return true;
      const scope = { tenant: context.tenant, environment: context.env, application };
      const saysOf = (decider: Decider | 'unreadable' | undefined, whenNone: boolean): boolean => {
        if (decider === undefined) return whenNone;
        return decider === 'unreadable' || decider.hasSay(service, control);
      };
      return (
        saysOf(deciderInForce(known.state, scope, clock()), unbundled === 'block') ||
        saysOf(shadowDecider(known.state, scope), false)
      );
    },
    async decide(question) {
      const { context } = parts;
      const asked = takeSnapshot(question, { env: context.env, time: clock() });
      if (!isReadable(asked)) return UNREADABLE;
      const known = await read();
      if (known === undefined) return UNAVAILABLE;
      const { verdict, giveBack } = await ask(known, asked, context);
      if (verdict.outcome === 'block') await giveBack();
      return verdict;
    },
    record(question, scope) {
      const asked = takeSnapshot(question, { env: scope.context.env, time: clock() });
      return andThen(answer(asked, scope.context), ({ live, shadow }) => {
        // Both are appended before either is waited for: a stage may be committed once we answer.
        const concluded = conclude(asked, live, scope);
        const beside = shadow && recordShadow(asked, shadow, scope);
        const isDone =
          !(concluded instanceof Promise) && !beside && concluded.verdict.outcome !== 'block';
        return isDone ? concluded : finish(concluded, beside, live);
      });
    },
  };
}

/** What decided a request, and what its candidate says. */
interface Answer {
  readonly live: DecidedRequest;
  readonly shadow?: DecidedRequest;
}

function withStateSize(
  judged: DecidedRequest,
  { size: stateSize }: Projected<LifecycleState>,
): DecidedRequest {
  return { ...judged, verdict: { stateSize, ...judged.verdict } };
}

const isReadable = (asked: RequestSnapshot): asked is ReadableRequest => asked.copy !== undefined;

const UNREADABLE = Object.freeze(blocked('request_unreadable', 'The request cannot be read.'));
const UNAVAILABLE = Object.freeze(
  blocked('state_unavailable', 'The active policy cannot be read.'),
);
const ELSEWHERE = Object.freeze(
  blocked('environment_mismatch', 'The request names another environment than its context.'),
);

function withoutEvidence({ policy }: PolicyVerdict): PolicyVerdict {
  const verdict = blocked('evidence_unavailable', 'The decision could not be recorded.');
  return policy === undefined ? verdict : { ...verdict, policy };
}
