import type { PolicyRequest } from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import type { PolicyRederiver } from '@spanforge/operator';
import { compileBundle, type Decider, parseBundle } from '@spanforge/policy';

type WrittenRequest = PolicyRequest & { readonly service: string };

/** Accepts the controls that a bundle names: it was loaded with them once, so the host has them. */
function controlsIn(bundle: unknown): { readonly service: string; readonly control: string }[] {
  const { rules } = bundle as { readonly rules: readonly Record<'service' | 'control', string>[] };
  return rules.map(({ service, control }) => ({ service, control }));
}

/** Makes recorded decisions again with the policy engine; each bundle is compiled once. */
export function createPolicyRederiver(): PolicyRederiver {
  const deciders = new Map<string, Decider>();
  const deciderOf = (text: string): Decider => {
    const known = deciders.get(text);
    if (known) return known;
    const bundle: unknown = JSON.parse(text);
    const decider = compileBundle(parseBundle(bundle, { controls: controlsIn(bundle) }));
    deciders.set(text, decider);
    return decider;
  };
  return (text, request) => {
    const asked = request as WrittenRequest;
    const verdict = deciderOf(text).decide(asked);
    const { outcome, obligations, matched, reason, reasonCode } = verdict;
    const rules = verdict.rules.map(({ values: _values, ...finding }) => finding);
    const { service, control } = asked;
    const said = { service, control, outcome, obligations: [...obligations], matched };
    const wire = policyDecisionV1.toWire({ ...said, rules, reason, reasonCode });
    return {
      outcome,
      obligations: wire.obligations ?? [],
      matched,
      reason,
      reason_code: reasonCode,
      rules: wire.rules,
    };
  };
}
