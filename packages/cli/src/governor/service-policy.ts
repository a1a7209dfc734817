import type { PolicyDecider, PolicyVerdict } from '@spanforge/core-events';
import type { Policy } from '@spanforge/policy';

const NO_RULE: PolicyVerdict = {
  ...{ outcome: 'allow', obligations: [], matched: false, rules: [] },
  reason: 'No rule of the bundle in force is about this control.',
  reasonCode: 'no_matching_rule',
};

/**
 * The policy as roles and manifests ask it: only where the bundle in force, of the tenant and
 * environment of the call, has a rule about their control. Its `default` is for the calls of tools,
 * about which the governor asks by itself.
 */
export function policyOfServices(policy: Policy): PolicyDecider {
  return {
    async decide(request, scope) {
      const { service, control } = request;
      const context = scope?.context;
      if (context === undefined) return policy.decide(request, scope);
      const asked = policy.hasRule({ service, control, context });
      const hasRule = asked instanceof Promise ? await asked : asked;
      return hasRule ? policy.decide(request, scope) : NO_RULE;
    },
    hasSay(point) {
      const hasRule = policy.hasRule(point);
      // What has to be waited for is asked.
      return hasRule instanceof Promise || hasRule;
    },
  };
}
