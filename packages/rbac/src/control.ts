import { type Control, type ControlCall, promised } from '@spanforge/core-events';
import type { Rbac, RbacControlOptions } from './types.js';

/** Makes the control: the actor of the call's context, its resource and its action. */
export function createRbacControl<Call extends ControlCall>(
  rbac: Pick<Rbac, 'authorize' | 'authorizeWithPolicy'>,
  { asksPolicy = false, requires }: RbacControlOptions<Call>,
): Control<Call> {
  const ask = asksPolicy ? rbac.authorizeWithPolicy : rbac.authorize;
  return (call, recorder) =>
    promised(() => {
      const { context, resource, action } = call;
      const request = { actorId: context.actor, resource, action, ...requires?.(call) };
      return ask(request, { context, recorder });
    });
}
