import type { DecisionPoint, PolicyDecider, PolicyVerdict } from '@spanforge/core-events';
import type { Policy } from '@spanforge/policy';

const NO_RULE: PolicyVerdict = {
  ...{ outcome: 'allow', obligations: [], matched: false, rules: [] },
  reason: 'No rule of the bundle in force is about this control.',
  reasonCode: 'no_matching_rule',
};

/**
 * The policy as roles and manifests ask it: only where the bundle in force has a rule about their
 * control. Its `default` is for the calls of tools, about which the governor asks by itself.
 */
export function policyOfServices(policy: Policy): PolicyDecider {
  async function isAsked(point: DecisionPoint): Promise<boolean> {
    const bundle = await policy.lifecycle.active(point.context.env);
    if (bundle === undefined) return false;
    // A default says something about every control; without one only rules do.
    if (bundle.default === undefined) return policy.hasSay?.(point) !== false;
    return bundle.rules.some(
      ({ enabled, service, control }) =>
        enabled && service === point.service && control === point.control,
    );
  }
  return {
    async decide(request, scope) {
      const { service, control } = request;
      const context = scope?.context;
      if (context !== undefined) {
        // What cannot be read is left to the policy, which blocks.
        const asked = await isAsked({ service, control, context }).catch(() => true);
        if (!asked) return NO_RULE;
      }
      return policy.decide(request, scope);
    },
  };
}
