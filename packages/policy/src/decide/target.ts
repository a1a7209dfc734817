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
    rolesTest(target.roles),
    test(target.environments, 'unknown', ({ env }) => env),
  ].filter((part) => part !== undefined);
  if (tests.length === 0) return () => 'yes';
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
  read: (request: PolicyRequest) => unknown,
): Test | undefined {
  if (patterns === undefined) return undefined;
  const matches = createMatcher(patterns);
  return (request) => {
    const value = read(request);
    if (typeof value === 'string') return matches(value) ? 'yes' : 'no';
    // A name of another type names nothing that could be ruled out.
    return value === undefined ? whenAbsent : 'unknown';
  };
}

/** One role that is meant is enough; of a role that is no text it is not known whether it is meant. */
function rolesTest(patterns: readonly string[] | undefined): Test | undefined {
  if (patterns === undefined) return undefined;
  const matches = createMatcher(patterns);
  return ({ actor }) => {
    const roles: unknown = actor?.roles;
    const names: readonly unknown[] = typeof roles === 'string' ? [roles] : list(roles);
    if (names.some((one) => typeof one === 'string' && matches(one))) return 'yes';
    if (roles === undefined || !names.every((one) => typeof one === 'string')) return 'unknown';
    return 'no';
  };
}

/** What is no list has one part that is no text. */
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [undefined]);
