import type { Control, NamedPostControl } from '../model/call.js';
import type { GovernorParts } from '../model/options.js';
import type { NamedSlot } from './ask-control.js';
import { policyControl, policyResultControl } from './policy-control.js';

function slotOf(name: string, control: Control | undefined): NamedSlot {
  return control ? { kind: 'installed', name, ask: control } : { kind: 'missing', name };
}

function postSlotOf({ name, control }: NamedPostControl): NamedSlot {
  return {
    kind: 'installed',
    name,
    ask: (call, recorder, result) => control(call, result, recorder),
  };
}

/** The controls that are asked before the tool runs, in order. */
export function controlsBefore(parts: GovernorParts): readonly NamedSlot[] {
  const { authorize, scope, policy, preflight = [] } = parts;
  return [
    slotOf('authorize', authorize),
    slotOf('scope', scope),
    slotOf('policy', policy && policyControl(policy)),
    ...preflight.map(({ name, control }) => slotOf(name, control)),
  ];
}

/** The controls that are asked about a result, in order. */
export function controlsAfter(parts: GovernorParts): readonly NamedSlot[] {
  const { policy, postflight = [] } = parts;
  const after = postflight.map(postSlotOf);
  if (policy === undefined) return after;
  return [postSlotOf({ name: 'policy', control: policyResultControl(policy) }), ...after];
}
