import { canonicalize } from '@spanforge/core-signing';
import type { CallContext } from '../model/call.js';
import type { AuthzenEvaluationRequest } from './wire.js';

/** A call as a decision point is asked about it. */
export interface AuthzenCall {
  readonly tool: string;
  readonly args: unknown;
  readonly context: Pick<CallContext, 'agent' | 'actor'>;
}

/** A call as an AuthZEN question: the person as subject, the agent as actor, the tool as resource. */
export function evaluationRequestOf({
  tool,
  args,
  context,
}: AuthzenCall): AuthzenEvaluationRequest {
  const { actor, agent } = context;
  return {
    subject: { type: 'user', id: actor, properties: { act: { sub: agent } } },
    resource: { type: 'tool', id: tool },
    action: { name: 'call', properties: { arguments: args } },
  };
}

interface BoundEntity {
  readonly type: string;
  readonly id: string;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
}

/** The part of a question that a denial, a task and an approval are bound to. */
export interface BoundQuestion {
  readonly subject: BoundEntity;
  readonly resource: BoundEntity;
  readonly action: {
    readonly name: string;
    readonly properties?: Readonly<Record<string, unknown>> | undefined;
  };
}

/**
 * Structural equality as the profile defines it; `act` may have moved to `client.actor`. False for
 * questions that have no canonical form.
 */
export function isSameQuestion(a: BoundQuestion, b: BoundQuestion): boolean {
  const text = ({ subject, resource, action }: BoundQuestion): string => {
    const { act, ...properties } = subject.properties ?? {};
    const { properties: _, ...rest } = subject;
    const own = Object.keys(properties).length === 0 ? rest : { ...rest, properties };
    return canonicalize({ subject: own, resource, action });
  };
  try {
    return text(a) === text(b);
  } catch {
    return false;
  }
}
