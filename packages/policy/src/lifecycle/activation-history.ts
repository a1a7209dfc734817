import type { EnvelopeSignature } from '@spanforge/core-signing';
import { compareVersions } from '../bundle/version.js';
import type { Decider } from '../decide/decider.js';
import type { PolicyErrorCode } from '../error.js';

/** One activation or deactivation in a scope. */
export interface Activation {
  readonly step: 'activated' | 'promoted' | 'rolled_back' | 'deactivated' | 'unreadable';
  /** `none` after a deactivation; `unreadable` when this process cannot read or verify the bundle. */
  readonly decider: Decider | 'none' | 'unreadable';
  readonly policyId: string;
  /** Empty where the record does not say. */
  readonly version: string;
  readonly digest: string;
  readonly effectiveAtMs: number;
  readonly signatures?: readonly EnvelopeSignature[] | undefined;
}

/** The activations of one tenant's environment, from the log. */
export interface ActivationHistory {
  /** In log order. */
  readonly active: readonly Activation[];
  /** The candidate that decides beside the active bundle. */
  readonly shadow?: Activation;
  /** Changes so far, of either kind. */
  readonly changes: number;
}

export const NO_ACTIVATIONS: ActivationHistory = Object.freeze({
  active: Object.freeze([]),
  changes: 0,
});

/** An activation of either stage, as it is read from the log. */
export type StagedActivation = Activation & { readonly stage: 'shadow' | 'enforce' };

/** The history that steps amount to; a candidate that comes into force leaves the shadow stage. */
export function historyOf(steps: readonly StagedActivation[]): ActivationHistory {
  const active: Activation[] = [];
  let shadow: Activation | undefined;
  for (const each of steps) {
    if (each.stage === 'shadow') {
      shadow = each.step === 'deactivated' ? undefined : each;
      continue;
    }
    active.push(each);
    if (each.step !== 'deactivated' && each.digest === shadow?.digest) shadow = undefined;
  }
  const changes = steps.length;
  return Object.freeze({ active, changes, ...(shadow === undefined ? {} : { shadow }) });
}

/** The activation in force at a moment: the last one made whose time has come. */
export function inForce({ active }: ActivationHistory, atMs: number): Activation | undefined {
  return active.findLast(({ effectiveAtMs }) => effectiveAtMs <= atMs);
}

/** The bundle that will come into force next when none is: of those with the earliest start, the last activated. */
export function nextInForce({ active }: ActivationHistory, nowMs: number): Activation | undefined {
  const last = active.findLastIndex(({ decider }) => decider === 'none');
  const coming = active.slice(last + 1).filter(({ effectiveAtMs }) => effectiveAtMs > nowMs);
  const first = Math.min(...coming.map(({ effectiveAtMs }) => effectiveAtMs));
  return coming.findLast(({ effectiveAtMs }) => effectiveAtMs === first);
}

/** True when this process can decide with the activation's bundle. */
export function isReadable(step: Activation): step is Activation & { readonly decider: Decider } {
  return step.decider !== 'none' && step.decider !== 'unreadable';
}

/** Why a bundle may not follow what was activated before; undefined when it may. */
export function versionFault(
  bundle: { readonly policyId?: string; readonly version: string; readonly digest: string },
  { active }: ActivationHistory,
  rollback: boolean,
): PolicyErrorCode | undefined {
  // Versions are compared only within one policy.
  const isOwn = ({ version, policyId }: Activation): boolean =>
    version !== '' && (bundle.policyId === undefined || policyId === bundle.policyId);
  const known = active.filter(isOwn);
  const isOther = ({ version, digest }: Activation) =>
    compareVersions(bundle.version, version) === 0 && digest !== bundle.digest;
  if (known.some(isOther)) return 'POLICY_VERSION_REUSED';
  const last = known.at(-1);
  if (rollback || last === undefined) return undefined;
  return compareVersions(bundle.version, last.version) < 0 ? 'POLICY_VERSION_OLDER' : undefined;
}

/** The steps that remain when each rollback removes the steps it goes back over. */
function standing(active: readonly Activation[]): readonly Activation[] {
  const stack: Activation[] = [];
  for (const each of active) {
    const back = stack.findLastIndex((one) => one.decider !== 'none' && one.digest === each.digest);
    if (each.step === 'rolled_back' && back >= 0) stack.length = back;
    stack.push(each);
  }
  return stack;
}

/** The target of a rollback: the named version, or the bundle in force before the last step. */
export function rollbackTarget(
  { active }: ActivationHistory,
  atMs: number,
  version?: string,
): (Activation & { readonly decider: Decider }) | undefined {
  if (version !== undefined) {
    const named = active.filter((each) => each.version !== '').filter(isReadable);
    return named.findLast((each) => compareVersions(each.version, version) === 0);
  }
  const stack = standing(active);
  const last = stack.at(-1);
  const undone = last?.decider === 'none' ? undefined : last?.digest;
  return stack
    .slice(0, -1)
    .filter(isReadable)
    .findLast((each) => each.effectiveAtMs <= atMs && each.digest !== undone);
}
