import type { Control, ControlCall } from '@spanforge/core-events';
import type { RbacRequest } from './decide.js';
import type { Rbac } from './types.js';

/** How a role service stands in front of calls. */
export interface RbacControlOptions<Call extends ControlCall = ControlCall> {
  /** Whether the policy is asked as well; true where the service was made with one. */
  readonly asksPolicy?: boolean;
  /** The roles a call takes; none in particular when absent, and then the permissions decide. */
  readonly requires?: (call: Call) => Pick<RbacRequest, 'requiredRoles' | 'anyOf'>;
}

/** Makes the control: the actor of the call's context, its resource and its action. */
export function createRbacControl<Call extends ControlCall>(
  rbac: Pick<Rbac, 'authorize' | 'authorizeWithPolicy'>,
  { asksPolicy = false, requires }: RbacControlOptions<Call>,
): Control<Call> {
  const ask = asksPolicy ? rbac.authorizeWithPolicy : rbac.authorize;
  return async (call, recorder) => {
    const { context, resource, action } = call;
    const request = { actorId: context.actor, resource, action, ...requires?.(call) };
    return ask(request, { context, recorder });
  };
}
