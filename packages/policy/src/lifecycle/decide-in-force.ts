import type { DecisionPoint, EvidenceContext } from '@spanforge/core-events';
import { type Awaitable, andThen } from '@spanforge/core-events';
import type { Projected, Projection } from '@spanforge/core-events/log';
import { blocked, type Decider } from '../decide/decider.js';
import {
  deciderInForce,
  shadowDecider,
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
import type { RequestSnapshot } from './request-snapshot.js';

/** What the bundle in force decided about a request, and what its candidate says. */
export interface DecidedInForce {
  readonly live: DecidedRequest;
  readonly shadow?: DecidedRequest;
}

/** Decides under whichever bundle is in force; records nothing. Never rejects for a request. */
export interface InForceDecider {
  /** Under the bundle in force alone. */
  decide(asked: RequestSnapshot, context: EvidenceContext): Promise<DecidedRequest>;
  /** Under the bundle in force, and beside it under the candidate, where there is one. */
  decideBoth(asked: RequestSnapshot, context: EvidenceContext): Awaitable<DecidedInForce>;
  /** See `PolicyDecider.hasSay`. */
  hasSay(point: DecisionPoint): boolean;
  /** See `Policy.hasRule`. */
  hasRule(point: DecisionPoint): Awaitable<boolean>;
}

/** What is needed to decide under the bundle in force. */
export interface InForceParts {
  readonly state: Projection<LifecycleState>;
  /** Whose bundles decide, where it is one application's. */
  readonly application?: string | undefined;
  readonly clock: () => number;
  readonly counting: Counting;
  /** What holds where no bundle is in force. */
  readonly unbundled: Unbundled;
}

const UNREADABLE = Object.freeze(blocked('request_unreadable', 'The request cannot be read.'));
const UNAVAILABLE = Object.freeze(
  blocked('state_unavailable', 'The active policy cannot be read.'),
);
const ELSEWHERE = Object.freeze(
  blocked('environment_mismatch', 'The request names another environment than its context.'),
);

const isReadable = (asked: RequestSnapshot): asked is ReadableRequest => asked.copy !== undefined;

function withStateSize(
  judged: DecidedRequest,
  { size: stateSize }: Projected<LifecycleState>,
): DecidedRequest {
  return { ...judged, verdict: { stateSize, ...judged.verdict } };
}

/** `space`: each application has counters of its own, even when policies have the same id. */
interface Place extends InForceParts {
  readonly space: string | undefined;
}

function scopeOf(
  { application }: Place,
  { tenant }: EvidenceContext,
  asked: ReadableRequest,
): BundleScope {
  return { tenant, environment: asked.copy.env, application };
}

function readNow(
  state: Projection<LifecycleState>,
): Awaitable<Projected<LifecycleState> | undefined> {
  try {
    return state.fresh() ?? state.current().catch(() => undefined);
  } catch {
    return undefined;
  }
}

function decideLive(
  place: Place,
  known: Projected<LifecycleState>,
  asked: ReadableRequest,
  context: EvidenceContext,
): Awaitable<DecidedRequest> {
  const { clock, unbundled, counting, space } = place;
  const scope = scopeOf(place, context, asked);
  const nowMs = clock();
  const decider = deciderInForce(known.state, scope, nowMs);
  const judged =
    decider === undefined
      ? undecided(unbundledVerdict(unbundled, known.state, scope, nowMs), asked.text)
      : decideRequest(decider, asked, context, counting, space);
  return andThen(judged, (one) => withStateSize(one, known));
}

/** The candidate's decision, with counters of its own. */
async function decideShadow(
  { counting, space }: Place,
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

function decideBy(
  place: Place,
  known: Projected<LifecycleState> | undefined,
  asked: ReadableRequest,
  context: EvidenceContext,
): Awaitable<DecidedInForce> {
  if (known === undefined) return { live: undecided(UNAVAILABLE, asked.text) };
  const candidate = shadowDecider(known.state, scopeOf(place, context, asked));
  const live = decideLive(place, known, asked, context);
  if (candidate === undefined) return andThen(live, (one) => ({ live: one }));
  const shadow = decideShadow(place, candidate, known, asked, context);
  return Promise.all([live, shadow]).then(([one, other]) => ({ live: one, shadow: other }));
}

function saysAnything(
  decider: Decider | 'unreadable' | undefined,
  { service, control }: DecisionPoint,
  whenNone: boolean,
): boolean {
  if (decider === undefined) return whenNone;
  return decider === 'unreadable' || decider.hasSay(service, control);
}

/** Creates what decides under the bundle in force. */
export function createInForceDecider(parts: InForceParts): InForceDecider {
  const { state, application, clock, unbundled } = parts;
  const space = application === undefined ? undefined : `application/${application}`;
  const place: Place = { ...parts, space };
  return {
    async decide(asked, context) {
      if (!isReadable(asked)) return undecided(UNREADABLE);
      const known = await readNow(state);
      return known === undefined
        ? undecided(UNAVAILABLE)
        : decideLive(place, known, asked, context);
    },
    decideBoth(asked, context) {
      if (!isReadable(asked)) return { live: undecided(UNREADABLE) };
      if (asked.copy.env !== context.env) return { live: undecided(ELSEWHERE, asked.text) };
      return andThen(readNow(state), (known) => decideBy(place, known, asked, context));
    },
    hasRule({ service, control, context }) {
      const { tenant, env: environment } = context;
      return andThen(readNow(state), (known) => {
        if (known === undefined) return true;
        const live = deciderInForce(known.state, { tenant, environment, application }, clock());
        return live === 'unreadable' || (live?.hasRule(service, control) ?? false);
      });
    },
    hasSay(point) {
      const known = state.fresh();
      if (known === undefined) return true;
      const { tenant, env: environment } = point.context;
      const scope = { tenant, environment, application };
      const live = deciderInForce(known.state, scope, clock());
      return (
        saysAnything(live, point, unbundled === 'block') ||
        saysAnything(shadowDecider(known.state, scope), point, false)
      );
    },
  };
}
