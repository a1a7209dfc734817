import type { PolicyReference, PolicyVerdict } from '@spanforge/core-events';
import type { Projected, Projection } from '@spanforge/core-events/log';
import { bundleReference, type PolicyBundle } from '../bundle/bundle.js';
import { closestName } from '../closest-name.js';
import { blocked, type Decider } from '../decide/decider.js';
import { PolicyError } from '../error.js';
import { inForce, NO_ACTIVATIONS, nextInForce } from './activation-history.js';
import { type BundleScope, scopeKey, scopeOfKey, scopeText } from './bundle-scope.js';
import type { LifecycleState } from './lifecycle-projection.js';
import { logUnreadable } from './log-unreadable.js';

/** The outcome when no bundle is in force. */
export type Unbundled = 'allow' | 'block';

/** The verdict when no bundle is in force: the host's choice, with a reason that says where and why. */
export function unbundledVerdict(
  unbundled: Unbundled,
  state: LifecycleState,
  scope: BundleScope,
  nowMs: number,
): PolicyVerdict {
  const follows = unbundled === 'block' ? 'nothing may run' : 'the service decides by itself';
  const reason = `${whyNone(state, scope, nowMs)}; ${follows}.`;
  return { ...blocked('no_active_bundle', reason), outcome: unbundled };
}

function whyNone(state: LifecycleState, scope: BundleScope, nowMs: number): string {
  const { environment } = scope;
  const none = `No policy is in force in ${scopeText(scope)}`;
  const scheduled = nextInForce(state.get(scopeKey(scope)) ?? NO_ACTIVATIONS, nowMs);
  if (scheduled !== undefined) {
    const { policyId, version, effectiveAtMs } = scheduled;
    const from = new Date(effectiveAtMs).toISOString();
    return `${none}: "${policyId}" ${version} will govern from ${from}`;
  }
  const governed = environmentsOf(state, scope).filter(
    (other) => deciderInForce(state, { ...scope, environment: other }, nowMs) !== undefined,
  );
  const meant = closestName(environment, governed);
  return meant === undefined ? none : `${none}, but in "${meant}"`;
}

/** The owner of environments: a tenant, or one of its applications. */
type Owner = Pick<BundleScope, 'tenant' | 'application'>;

/** The environments of a tenant, or of one application of it, that the log knows. */
export function environmentsOf(state: LifecycleState, owner: Owner): readonly string[] {
  return [...state.keys()]
    .map(scopeOfKey)
    .filter((one) => one.tenant === owner.tenant && one.application === owner.application)
    .map(({ environment }) => environment);
}

/** The applications of a tenant that have bundles of their own, in any environment. */
export function applicationsOf(state: LifecycleState, tenant: string): readonly string[] {
  const own = [...state.keys()].map(scopeOfKey).filter((one) => one.tenant === tenant);
  return [...new Set(own.flatMap(({ application }) => application ?? []))].sort();
}

/** The verdict when the bundle in force cannot be read. */
export const NOT_READABLE: PolicyVerdict = Object.freeze(
  blocked('policy_unreadable', 'The active policy cannot be read here.'),
);

/** The decider in force in a scope, by the clock, not by the request's time. */
export function deciderInForce(
  state: LifecycleState,
  scope: BundleScope,
  nowMs: number,
): Decider | 'unreadable' | undefined {
  const history = state.get(scopeKey(scope));
  const decider = history === undefined ? undefined : inForce(history, nowMs)?.decider;
  return decider === 'none' ? undefined : decider;
}

/** The candidate in shadow, whose decisions are only recorded. */
export function shadowDecider(
  state: LifecycleState,
  scope: BundleScope,
): Decider | 'unreadable' | undefined {
  const decider = state.get(scopeKey(scope))?.shadow?.decider;
  return decider === 'none' ? undefined : decider;
}

/** A verdict stands without a record only when every rule that counts has `on_unavailable: fail_open`. */
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
    throw logUnreadable(cause);
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
  throw new PolicyError('POLICY_STATE_UNAVAILABLE', 'this process cannot read the active bundle', {
    details: { environment },
  });
}

/** What governs, and what runs in shadow, by environment. */
export interface AllActive {
  readonly active: Readonly<Record<string, PolicyReference>>;
  readonly shadow: Readonly<Record<string, PolicyReference>>;
}

/** @throws {PolicyError} `POLICY_STATE_UNAVAILABLE` when any environment cannot be read here. */
export function allActive(state: LifecycleState, owner: Owner, nowMs: number): AllActive {
  const active: Record<string, PolicyReference> = Object.create(null);
  const shadow: Record<string, PolicyReference> = Object.create(null);
  for (const environment of environmentsOf(state, owner)) {
    const scope = { ...owner, environment };
    const bundle = activeBundle(state, scope, nowMs);
    if (bundle !== undefined) active[environment] = bundleReference(bundle);
    const candidate = readable(shadowDecider(state, scope), scope);
    if (candidate !== undefined) shadow[environment] = bundleReference(candidate);
  }
  return { active, shadow };
}
