import type { PolicyReference, PolicyVerdict } from '@spanforge/core-events';
import type { Projected, Projection } from '@spanforge/core-events/log';
import { bundleReference, type PolicyBundle } from '../bundle/bundle.js';
import { blocked, type Decider } from '../decide/decider.js';
import { PolicyError } from '../error.js';
import { inForce } from './activation-history.js';
import { type BundleScope, scopeKey } from './bundle-scope.js';
import type { LifecycleState } from './lifecycle-projection.js';

/** Where no bundle governs. */
export const NO_BUNDLE: PolicyVerdict = Object.freeze({
  outcome: 'allow',
  obligations: Object.freeze([]) as readonly [],
  reason: 'No policy is active here; the service decides by itself.',
  reasonCode: 'no_active_bundle',
  matched: false,
  rules: Object.freeze([]) as readonly [],
});

/** Where a bundle governs that cannot be read here. */
export const NOT_READABLE: PolicyVerdict = Object.freeze(
  blocked('policy_unreadable', 'The active policy cannot be read here.'),
);

/** What decides in a scope: the clock says which bundle that is, not the request. */
export function deciderInForce(
  state: LifecycleState,
  scope: BundleScope,
  nowMs: number,
): Decider | 'unreadable' | undefined {
  const history = state.get(scopeKey(scope));
  const decider = history === undefined ? undefined : inForce(history, nowMs)?.decider;
  return decider === 'none' ? undefined : decider;
}

/** The candidate that decides beside it, on record only. */
export function shadowDecider(
  state: LifecycleState,
  scope: BundleScope,
): Decider | 'unreadable' | undefined {
  const decider = state.get(scopeKey(scope))?.shadow?.decider;
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
export async function readState<State>(projection: Projection<State>): Promise<Projected<State>> {
  try {
    return await projection.current();
  } catch (cause) {
    throw new PolicyError('POLICY_STATE_UNAVAILABLE', 'The evidence log cannot be read.', {
      cause,
    });
  }
}

/** @throws {PolicyError} `POLICY_STATE_UNAVAILABLE` when what is active cannot be read here. */
export function activeBundle(
  state: LifecycleState,
  scope: BundleScope,
  nowMs: number,
): PolicyBundle | undefined {
  return readable(deciderInForce(state, scope, nowMs), scope);
}

function readable(
  decider: Decider | 'unreadable' | undefined,
  { environment }: BundleScope,
): PolicyBundle | undefined {
  if (decider !== 'unreadable') return decider?.bundle;
  throw new PolicyError('POLICY_STATE_UNAVAILABLE', 'The active bundle cannot be read here.', {
    details: { environment },
  });
}

/** What governs, and what runs in shadow, by environment. */
export interface AllActive {
  readonly active: Readonly<Record<string, PolicyReference>>;
  readonly shadow: Readonly<Record<string, PolicyReference>>;
}

/** @throws {PolicyError} `POLICY_STATE_UNAVAILABLE` when any environment cannot be read here. */
export function allActive(state: LifecycleState, tenant: string, nowMs: number): AllActive {
  const active: Record<string, PolicyReference> = Object.create(null);
  const shadow: Record<string, PolicyReference> = Object.create(null);
  for (const key of state.keys()) {
    const [owner, environment] = JSON.parse(key) as [string, string];
    if (owner !== tenant) continue;
    const scope = { tenant, environment };
    const bundle = activeBundle(state, scope, nowMs);
    if (bundle !== undefined) active[environment] = bundleReference(bundle);
    const candidate = readable(shadowDecider(state, scope), scope);
    if (candidate !== undefined) shadow[environment] = bundleReference(candidate);
  }
  return { active, shadow };
}
