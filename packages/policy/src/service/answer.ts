import type { PolicyReference, PolicyRequest, PolicyVerdict } from '@spanforge/core-events';
import type { Projected, Projection } from '@spanforge/core-events/log';
import { bundleReference, type PolicyBundle } from '../bundle/bundle.js';
import { blocked, type Decider } from '../decide/decider.js';
import { PolicyError } from '../error.js';
import { type Activations, inForce } from './activations.js';

/** A verdict, and the bundle it came from where one is active. */
export interface Answer {
  readonly verdict: PolicyVerdict;
  readonly bundle?: PolicyBundle;
}

const NO_BUNDLE: PolicyVerdict = Object.freeze({
  outcome: 'allow',
  obligations: Object.freeze([]) as readonly [],
  reason: 'No policy is active here; the service decides by itself.',
  reasonCode: 'no_active_bundle',
  matched: false,
  rules: Object.freeze([]) as readonly [],
});

/** Answers a request by the bundle in force in its environment; the clock says which that is, not the request. */
export function answer(
  { state, size }: Projected<Activations>,
  request: PolicyRequest & { readonly env: string },
  nowMs: number,
): Answer {
  const decider = deciderInForce(state, request.env, nowMs);
  if (decider === 'unreadable') {
    const verdict = blocked('policy_unreadable', 'The active policy cannot be read here.');
    return { verdict: { ...verdict, stateSize: size } };
  }
  if (decider === undefined) return { verdict: { ...NO_BUNDLE, stateSize: size } };
  return { verdict: { ...decider.decide(request), stateSize: size }, bundle: decider.bundle };
}

function deciderInForce(
  state: Activations,
  environment: string,
  nowMs: number,
): Decider | 'unreadable' | undefined {
  if (state.unreadable) return 'unreadable';
  const decider = inForce(state.byEnvironment.get(environment), nowMs)?.decider;
  return decider === 'none' ? undefined : decider;
}

/** A verdict stands without a record only where every rule that counts says so. */
export function standsUnrecorded({ rules }: PolicyBundle, verdict: PolicyVerdict): boolean {
  const counted = verdict.rules.filter(({ finding }) => finding !== 'shadow');
  const open = new Set(
    rules.filter((rule) => rule.onUnavailable === 'fail_open').map((rule) => rule.ruleId),
  );
  return counted.length > 0 && counted.every(({ ruleId }) => open.has(ruleId));
}

/** @throws {PolicyError} `POLICY_STATE_UNAVAILABLE`. */
export async function readState(projection: Projection<Activations>): Promise<Activations> {
  try {
    return (await projection.current()).state;
  } catch (cause) {
    throw new PolicyError('POLICY_STATE_UNAVAILABLE', 'The evidence log cannot be read.', {
      cause,
    });
  }
}

/** @throws {PolicyError} `POLICY_STATE_UNAVAILABLE` when what is active cannot be read here. */
export function activeBundle(
  state: Activations,
  environment: string,
  nowMs: number,
): PolicyBundle | undefined {
  const decider = deciderInForce(state, environment, nowMs);
  if (decider !== 'unreadable') return decider?.bundle;
  throw new PolicyError('POLICY_STATE_UNAVAILABLE', 'The active bundle cannot be read here.', {
    details: { environment },
  });
}

/** @throws {PolicyError} `POLICY_STATE_UNAVAILABLE` when any environment cannot be read here. */
export function allActive(
  state: Activations,
  nowMs: number,
): Readonly<Record<string, PolicyReference>> {
  const active: Record<string, PolicyReference> = Object.create(null);
  for (const environment of state.byEnvironment.keys()) {
    const bundle = activeBundle(state, environment, nowMs);
    if (bundle !== undefined) active[environment] = bundleReference(bundle);
  }
  return active;
}
