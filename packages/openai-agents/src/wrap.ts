import { AsyncResource } from 'node:async_hooks';
import type { CallContext, GovernedResult } from '@spanforge/govern';
import type { Admissions, Gate, RunTool } from '@spanforge/govern/adapters';
import { answerOf } from './answer.js';
import {
  type AgentsTool,
  type CallDetails,
  formatInput,
  type GuardrailData,
  parseInput,
  replaceMembers,
} from './sdk.js';

/** What the wrapper of a tool works with. */
export interface AgentsWrapping {
  readonly name: string;
  readonly agent: string | undefined;
  readonly gate: Gate;
  readonly admissions: Admissions;
  readonly held: 'ask' | 'tell';
  readonly denied: 'tell' | 'throw';
  contextOf(runContext: unknown, callId: string | undefined): Promise<CallContext>;
}

type Invoke = NonNullable<AgentsTool['invoke']>;

function keyOf({ tenant, run, callId, agent }: CallContext, name: string): string {
  return JSON.stringify([tenant, run, agent, name, callId]);
}

function callWith(tool: AgentsTool, invoke: Invoke, wrapping: AgentsWrapping) {
  const { name, gate, admissions, contextOf } = wrapping;
  return async (
    runContext: unknown,
    input: string,
    details?: CallDetails,
  ): Promise<GovernedResult<unknown>> => {
    const callId = details?.toolCall?.callId;
    const context = await contextOf(runContext, callId);
    const args = parseInput(input);
    // Bound, because the tool belongs to the span of its execution, not to the span of its
    // decision.
    const run: RunTool = AsyncResource.bind((given: unknown, signal: AbortSignal) =>
      Reflect.apply(invoke, tool, [
        runContext,
        formatInput(given),
        replaceMembers(details ?? {}, { signal }),
      ]),
    );
    const signal = details?.signal;
    const admitted = callId === undefined ? undefined : admissions.take(keyOf(context, name));
    if (admitted) return admitted.go(run, signal);
    return gate.start(args, signal ? { ...context, signal } : context, run);
  };
}

/**
 * Refuses the tool to every agent but its own, because its actions would be recorded under another
 * agent.
 */
function guardFor(agent: string, { name, admissions, contextOf }: AgentsWrapping): object {
  return {
    type: 'tool_input',
    name: 'spanforge',
    async run({ context, agent: running, toolCall }: GuardrailData) {
      if (running.name === agent) return { behavior: { type: 'allow' } };
      const mine = await contextOf(context, toolCall.callId);
      await admissions.take(keyOf(mine, name))?.cancel('the tool is governed for another agent');
      const message = 'The tool was not run. It is governed for another agent.';
      return { behavior: { type: 'rejectContent', message } };
    },
  };
}

/** The replaced members of a tool: its run, and its approval if the SDK asks for one. */
export function wrapTool(
  tool: AgentsTool,
  invoke: Invoke,
  wrapping: AgentsWrapping,
): Partial<AgentsTool> {
  const { name, agent, gate, admissions, held, denied, contextOf } = wrapping;
  const { needsApproval: own, inputGuardrails = [] } = tool;
  const call = callWith(tool, invoke, wrapping);
  const members = {
    invoke: async (runContext: unknown, input: string, details?: CallDetails) =>
      answerOf(await call(runContext, input, details), denied, details?.signal),
    ...(agent === undefined
      ? {}
      : { inputGuardrails: [guardFor(agent, wrapping), ...inputGuardrails] }),
  };
  if (held === 'tell') return members;
  const needsApproval: AgentsTool['needsApproval'] = async (runContext, input, callId) => {
    // The tool's own approval comes first; the governor decides about the call when it runs.
    if (own && (await Reflect.apply(own, tool, [runContext, input, callId])) !== false) return true;
    // A call without an id would be decided twice.
    if (callId === undefined) return false;
    const context = await contextOf(runContext, callId);
    return admissions.admit(gate, keyOf(context, name), input, context);
  };
  return { ...members, needsApproval };
}
