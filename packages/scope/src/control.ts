import { type Control, type ControlCall, promised } from '@spanforge/core-events';
import type { ScopeRequest } from './decide.js';
import type { Scope, ScopeControlOptions } from './types.js';

/** Makes the control: the agent of the call's context, its resource and its action. */
export function createScopeControl<Call extends ControlCall>(
  scope: Pick<Scope, 'evaluate' | 'evaluateWithPolicy'>,
  { asksPolicy = false, capability }: ScopeControlOptions<Call>,
): Control<Call> {
  const ask = asksPolicy ? scope.evaluateWithPolicy : scope.evaluate;
  return (call, recorder) =>
    promised(() => {
      const { context, resource, action } = call;
      const own: ScopeRequest = { agentId: context.agent, resource, action };
      const needed = capability?.(call);
      const request = needed === undefined ? own : { ...own, capability: needed };
      return ask(request, { context, recorder });
    });
}
