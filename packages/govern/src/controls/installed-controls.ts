import type { CallControl, NamedPostControl } from '../model/call.js';
import type { GovernorParts } from '../model/options.js';
import type { NamedSlot } from './ask-control.js';
import { askPolicyAfter, askPolicyBefore, hasSayAfter } from './policy-control.js';

const always = (): boolean => true;

function slotOf(name: string, control: CallControl | undefined): NamedSlot {
  if (control === undefined) return { kind: 'missing', name };
  return {
    kind: 'installed',
    name,
    ask: ({ call }, recorder) => control(call, recorder),
    isNeeded: always,
  };
}

function postSlotOf({ name, control }: NamedPostControl): NamedSlot {
  return {
    kind: 'installed',
    name,
    ask: ({ call, result }, recorder) => control(call, result, recorder),
    isNeeded: always,
  };
}

/** The controls that are asked before the tool runs, in order. */
export function controlsBefore(parts: GovernorParts): readonly NamedSlot[] {
  const { authorize, scope, policy, preflight = [] } = parts;
  const name = 'policy';
  return [
    slotOf('authorize', authorize),
    slotOf('scope', scope),
    policy
      ? { kind: 'installed', name, ask: askPolicyBefore(policy), isNeeded: always }
      : { kind: 'missing', name },
    ...preflight.map(({ name, control }) => slotOf(name, control)),
  ];
}

/** The controls that are asked about a result, in order. */
export function controlsAfter(parts: GovernorParts): readonly NamedSlot[] {
  const { policy, postflight = [] } = parts;
  const after = postflight.map(postSlotOf);
  if (policy === undefined) return after;
  const ask = askPolicyAfter(policy);
  const slot: NamedSlot = {
    kind: 'installed',
    name: 'policy',
    ask,
    isNeeded: (call) => hasSayAfter(policy, call),
  };
  return [slot, ...after];
}

/** The controls that have something to decide about this call. A missing one is not needed. */
export function neededControls(
  slots: readonly NamedSlot[],
  call: Parameters<Extract<NamedSlot, { kind: 'installed' }>['isNeeded']>[0],
): readonly NamedSlot[] {
  const isNeeded = (slot: NamedSlot): boolean => slot.kind === 'installed' && slot.isNeeded(call);
  return slots.every(isNeeded) ? slots : slots.filter(isNeeded);
}
