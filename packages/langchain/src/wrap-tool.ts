import type { CallbackManagerForToolRun } from '@langchain/core/callbacks/manager';
import type { RunnableToolLike } from '@langchain/core/runnables';
import { DynamicStructuredTool, type StructuredTool } from '@langchain/core/tools';
import { type Attempt, contextOf, deny, outcomeOf, untilAnswered } from './governed-call.js';
import type { GovernanceOptions, LangchainCall, LangchainCallerSource } from './options.js';
import type { ReviewQuestion } from './question.js';
import type { ToolRegistry } from './registry.js';
import {
  drainEvents,
  giveResult,
  isAsyncGenerator,
  type TakenResult,
  takeResult,
} from './tool-result.js';

/** The parts of a tool's run configuration that are read. */
export interface RunConfig {
  readonly configurable?: Readonly<Record<string, unknown>>;
  readonly context?: unknown;
  readonly signal?: AbortSignal;
  readonly toolCall?: { readonly id?: string };
}

/** What a wrapped tool belongs to. */
export interface LangchainWrapping {
  readonly options: GovernanceOptions;
  readonly context: LangchainCallerSource;
  readonly registry: ToolRegistry;
}

/** What the middleware has to know about a call after it was wrapped. */
export interface Seen {
  /** The tool's controls were asked. */
  reached: boolean;
  question?: ReviewQuestion | undefined;
  /** What the tool itself threw. */
  failure?: { readonly error: unknown };
}

type RunManager = CallbackManagerForToolRun | undefined;

/** The inner method of a tool, which gets parsed arguments. */
type Inner = (args: unknown, manager: RunManager, config: RunConfig | undefined) => unknown;

export function requestOf(tool: string, config: RunConfig | undefined): LangchainCall {
  const toolCallId = config?.toolCall?.id;
  return {
    tool,
    ...(toolCallId === undefined || toolCallId === '' ? {} : { toolCallId }),
    configurable: config?.configurable ?? {},
    context: config?.context,
  };
}

/** Runs the tool itself, after its start is recorded. */
function runner(inner: Inner, manager: RunManager, config: RunConfig | undefined, passes: boolean) {
  const taken: { result?: TakenResult } = {};
  const run = async (args: unknown, signal: AbortSignal): Promise<unknown> => {
    const answered = await inner(args, manager, { ...config, signal });
    const onEvent = passes ? (event: unknown) => manager?.handleToolEvent(event) : undefined;
    const value = isAsyncGenerator(answered)
      ? await drainEvents(answered, signal, onEvent)
      : answered;
    taken.result = takeResult(value);
    return taken.result.value;
  };
  return { run, taken };
}

function governInner(
  tool: StructuredTool,
  inner: Inner,
  { options, context, registry }: LangchainWrapping,
  seen: Seen | undefined,
): Inner {
  const passes = registry.declarationOf(tool.name).events === 'pass_through';
  return async (args, manager, config) => {
    const request = requestOf(tool.name, config);
    const attempt = async (): Promise<Attempt<unknown>> => {
      const caller = await contextOf(context, request, config?.signal);
      const { run, taken } = runner(inner, manager, config, passes);
      if (seen) seen.reached = true;
      const result = await registry.call(tool, args, caller, run);
      if (seen && result.status === 'failed') seen.failure = { error: result.error };
      const outcome = await outcomeOf(options, result, args, caller.signal);
      if (outcome.kind === 'released') {
        return { value: giveResult(outcome.result, taken.result, tool.responseFormat) };
      }
      const message = deny(options, request, outcome.result);
      const value = tool.responseFormat === 'content_and_artifact' ? [message, undefined] : message;
      return { value, question: outcome.question };
    };
    if (seen === undefined) return untilAnswered(options, request, attempt);
    // The middleware asks, because it stands outside of whatever retries an error from here.
    const { value, question } = await attempt();
    seen.question = question;
    return value;
  };
}

function isStructured(tool: object): tool is StructuredTool {
  return typeof (tool as { _call?: unknown })._call === 'function';
}

/** A runnable that is used as a tool can be called without `invoke`; this one cannot. */
function asStructured(tool: RunnableToolLike): StructuredTool {
  const { name, description = `${tool.name} tool`, schema } = tool;
  return new DynamicStructuredTool({
    name,
    description,
    schema,
    func: (args: never, _manager?: unknown, config?: object) => {
      const { toolCall: _, ...rest } = (config ?? {}) as RunConfig;
      return tool.invoke(args, rest as never);
    },
  }) as unknown as StructuredTool;
}

/**
 * Puts the inner methods of a tool behind the governor. Name, schema, class and callbacks stay the
 * tool's own. Arguments are parsed before the decision. Only released values are thrown, streamed
 * or passed to callbacks.
 */
export function wrapTool(
  tool: StructuredTool | RunnableToolLike,
  wrapping: LangchainWrapping,
  seen?: Seen,
): StructuredTool {
  const target = isStructured(tool) ? tool : asStructured(tool);
  const inner: Inner = (args, manager, config) =>
    (target as unknown as { _call: Inner })._call(args, manager, config);
  const governed = governInner(target, inner, wrapping, seen);
  return new Proxy(target, {
    get(wrapped, key) {
      const isInner = key === '_call' || (key === 'func' && 'func' in wrapped);
      return isInner ? governed : Reflect.get(wrapped, key, wrapped);
    },
  });
}
