import type { PolicyRequest } from '@spanforge/core-events';
import type { RuleTarget } from '../bundle/bundle.js';
import { createMatcher } from '../pattern.js';

/** Whether a request is inside a target; `unknown` where the request does not say who asks. */
export type Applies = 'yes' | 'no' | 'unknown';

type Test = (request: PolicyRequest) => Applies;

/**
 * Compiles a target.
 *
 * A request without a tool or resource does not match a rule that names some. A request without an
 * agent, actor, roles or environment still has one, only unknown: the match is then `unknown`, so
 * that a rule against somebody cannot be avoided by leaving the name out.
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
    // A name that is not a string cannot rule out a match.
    return value === undefined ? whenAbsent : 'unknown';
  };
}

/** One matching role is enough; a role that is not a string makes the match unknown. */
function rolesTest(patterns: readonly string[] | undefined): Test | undefined {
  if (patterns === undefined) return undefined;
  const matches = createMatcher(patterns);
  return ({ actor }) => {
    const roles: unknown = actor?.roles;
    const names = list(roles);
    if (names.some((one) => typeof one === 'string' && matches(one))) return 'yes';
    if (roles === undefined || !names.every((one) => typeof one === 'string')) return 'unknown';
    return 'no';
  };
}

/** A value that is not a list counts as a list with one invalid element. */
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [undefined]);
