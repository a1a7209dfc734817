import type { PolicyRequest } from '@spanforge/core-events';
import type { RuleTarget } from '../bundle/bundle.js';
import { createMatcher } from './pattern.js';

/** Whether a request is inside a target; `unknown` where the request does not say who asks. */
export type Applies = 'yes' | 'no' | 'unknown';

type Test = (request: PolicyRequest) => Applies;

/**
 * Compiles a target.
 *
 * A request without a tool or resource is not about one, so a rule that names some does not meet
 * it. A request that leaves out its agent, actor, roles or environment still has one: whether the
 * rule meets it cannot be known, and a rule against somebody must not fall silent for that.
 */
export function compileTarget(target: RuleTarget): Test {
  const tests = [
    test(target.tools, 'no', ({ tool }) => tool),
    test(target.resources, 'no', ({ resource }) => resource),
    test(target.agents, 'unknown', ({ agent }) => agent?.id),
    test(target.actors, 'unknown', ({ actor }) => actor?.id),
    test(target.roles, 'unknown', ({ actor }) => actor?.roles),
    test(target.environments, 'unknown', ({ env }) => env),
  ].filter((part) => part !== undefined);
  return (request) => {
    let applies: Applies = 'yes';
    for (const part of tests) {
      const answer = part(request);
      if (answer === 'no') return 'no';
      if (answer === 'unknown') applies = 'unknown';
    }
    return applies;
  };
}

function test(
  patterns: readonly string[] | undefined,
  whenAbsent: Applies,
  read: (request: PolicyRequest) => string | readonly string[] | undefined,
): Test | undefined {
  if (patterns === undefined) return undefined;
  const matches = createMatcher(patterns);
  return (request) => {
    const value = read(request);
    if (typeof value === 'string') return matches(value) ? 'yes' : 'no';
    if (!Array.isArray(value)) return value === undefined ? whenAbsent : 'unknown';
    return value.some((one) => typeof one === 'string' && matches(one)) ? 'yes' : 'no';
  };
}
