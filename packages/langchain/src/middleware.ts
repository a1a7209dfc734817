import { ToolMessage } from '@langchain/core/messages';
import type { StructuredTool } from '@langchain/core/tools';
import { isGraphBubbleUp } from '@langchain/langgraph';
import { isUngovernedAllowed } from '@spanforge/govern/adapters';
import { type AgentMiddleware, createMiddleware, type ToolCallRequest } from 'langchain';
import { LangchainError } from './error.js';
import { type Attempt, contextOf, deny, outcomeOf, untilAnswered } from './governed-call.js';
import {
  type LangchainWrapping,
  type RunConfig,
  requestOf,
  type Seen,
  wrapTool,
} from './wrap-tool.js';

type Answer = Awaited<
  ReturnType<NonNullable<Parameters<typeof createMiddleware>[0]['wrapToolCall']>>
>;
type Handler = (request: ToolCallRequest) => Answer | Promise<Answer>;

function isInvokable(tool: unknown): tool is StructuredTool {
  return (
    typeof tool === 'object' &&
    tool !== null &&
    typeof (tool as StructuredTool).invoke === 'function'
  );
}

function configOf({ toolCall, runtime }: ToolCallRequest): RunConfig {
  const { configurable, context, signal } = runtime as RunConfig;
  const { id } = toolCall;
  return {
    ...(configurable === undefined ? {} : { configurable }),
    ...(signal === undefined ? {} : { signal }),
    toolCall: id === undefined ? {} : { id },
    context,
  };
}

/** Records a call for which this agent has no tool, and tells the model. */
async function refuse(wrapping: LangchainWrapping, request: ToolCallRequest): Promise<ToolMessage> {
  const { options, registry, context } = wrapping;
  const { name, args } = request.toolCall;
  const asked = requestOf(name, configOf(request));
  const caller = await contextOf(context, asked, undefined);
  const refused = await registry.refuse(name, args, caller);
  const outcome = await outcomeOf(options, refused, args, undefined);
  if (outcome.kind === 'released') throw new TypeError('an unknown tool was run');
  return deny(options, asked, outcome.result);
}

/** The message that LangChain itself gives when a tool throws and no middleware wraps it. */
function failureMessage(request: ToolCallRequest, error: unknown): ToolMessage {
  const { name, id = '' } = request.toolCall;
  const content = `${error}\n Please fix your mistakes.`;
  return new ToolMessage({ content, tool_call_id: id, name, status: 'error' });
}

async function attemptCall(
  wrapping: LangchainWrapping,
  request: ToolCallRequest,
  handler: Handler,
): Promise<Attempt<Answer>> {
  const seen: Seen = { reached: false };
  const tool = wrapTool(request.tool as StructuredTool, wrapping, seen);
  try {
    const value = await handler({ ...request, tool });
    if (seen.reached || (ToolMessage.isInstance(value) && value.status === 'error')) {
      return { value, question: seen.question };
    }
  } catch (error) {
    if (seen.failure?.error !== error || isGraphBubbleUp(error)) throw error;
    return { value: failureMessage(request, error) };
  }
  await refuse(wrapping, request);
  throw new LangchainError(
    'LANGCHAIN_TOOL_NOT_REACHED',
    'a middleware placed after this one answered for the tool; place that middleware first',
    { details: { tool: request.toolCall.name } },
  );
}

/** A tool that the provider runs; it never arrives here as a call. */
function isServerTool(tool: unknown): boolean {
  return !isInvokable(tool) && (tool as { type?: unknown }).type !== 'function';
}

/** The name of a provider's tool, or else its type. */
function serverToolName(tool: unknown): string {
  const { name, type } = tool as { readonly name?: unknown; readonly type?: unknown };
  return typeof name === 'string' ? name : String(type);
}

/** Adds neither state, nor context, nor tools to an agent. */
export type GovernanceMiddleware = AgentMiddleware<
  undefined,
  undefined,
  unknown,
  readonly [],
  readonly []
>;

/** The middleware of one agent; see `Governance.middleware`. */
export function createAgentMiddleware(
  wrapping: LangchainWrapping,
  wrapped: WeakSet<object>,
): GovernanceMiddleware {
  const { options } = wrapping;
  return createMiddleware<undefined, undefined, readonly [], readonly []>({
    name: 'SpanforgeGovernance',
    wrapModelCall: (request, handler) => {
      const elsewhere = request.tools.filter(isServerTool).map(serverToolName);
      const refused = elsewhere.find((name) => !isUngovernedAllowed(options.ungoverned, name));
      if (refused !== undefined) {
        const message = `${refused}: the model's provider runs this tool, so it cannot be governed; name it in ungoverned to allow it`;
        throw new LangchainError('LANGCHAIN_SERVER_TOOL', message, { details: { tool: refused } });
      }
      return handler(request);
    },
    wrapToolCall: async (request, handler) => {
      const { toolCall, tool } = request;
      // If this is not the tool that was asked for, nobody asked for it.
      if (!isInvokable(tool) || tool.name !== toolCall.name) return refuse(wrapping, request);
      // It asks its controls, and the person, itself.
      if (wrapped.has(tool)) return handler(request);
      const asked = requestOf(toolCall.name, configOf(request));
      return untilAnswered(options, asked, () =>
        attemptCall(wrapping, request, handler as Handler),
      );
    },
  });
}
