import type { ConditionInput, DeclaredTypes } from '@spanforge/condition';
import type { PolicyRequest } from '@spanforge/core-events';
import type { ZoneClock } from '../bundle/zone.js';

/** What conditions see of a request; created when the first condition is evaluated. */
export function createInput(
  request: PolicyRequest,
  resolve: ZoneClock,
  types?: DeclaredTypes,
): () => ConditionInput {
  let input: ConditionInput | undefined;
  return () => {
    input ??= {
      request,
      actor: request.actor,
      agent: request.agent,
      env: request.env,
      // A text or a date would be read as the instant it names: only a number is one.
      time: typeof request.time === 'number' ? resolve(request.time) : undefined,
      labels: request.labels,
      facts: request.facts,
      observed: request.observed,
      context: request.context,
      types,
    } as ConditionInput;
    return input;
  };
}
