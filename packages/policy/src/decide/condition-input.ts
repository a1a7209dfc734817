import type { ConditionInput } from '@spanforge/condition';
import type { PolicyRequest } from '@spanforge/core-events';
import type { ZoneClock } from '../bundle/zone.js';

/** What conditions see of a request; created when the first condition is evaluated. */
export function createInput(request: PolicyRequest, resolve: ZoneClock): () => ConditionInput {
  let input: ConditionInput | undefined;
  return () => {
    input ??= {
      request,
      actor: request.actor,
      agent: request.agent,
      env: request.env,
      time: resolve(request.time),
      labels: request.labels,
      facts: request.facts,
      observed: request.observed,
      context: request.context,
    } as ConditionInput;
    return input;
  };
}
