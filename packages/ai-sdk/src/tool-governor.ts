import type { CallContext } from '@spanforge/govern';
import { createAdmissions, isUngovernedAllowed, resolveCaller } from '@spanforge/govern/adapters';
import { answerOf } from './answer.js';
import { AiSdkError, type AiSdkErrorCode } from './error.js';
import { fingerprintOf } from './fingerprint.js';
import { type AiSdkGovernorOptions, checkOptions } from './options.js';
import { createGateRegistry } from './registry.js';
import type { AiSdkTool, CallOptions } from './sdk.js';
import { watchTool } from './ungoverned.js';
import { replaceMembers, wrapTool } from './wrap.js';

const GOVERNED: unique symbol = Symbol.for('spanforge.ai-sdk.governed');
const ADMISSION_TIMEOUT_MS = 300_000;
const MAX_NAME = 400;

/** A tool call of the model that the SDK could not parse, as its repair function is given it. */
export interface UnparsedCall {
  readonly toolCall: {
    readonly toolName: string;
    readonly toolCallId: string;
    readonly input: unknown;
  };
  readonly tools: object;
  readonly messages: readonly unknown[];
}

/** Puts tools behind one governor, for any number of requests. */
export interface AiSdkToolGovernor {
  /**
   * Returns the same tools behind the governor, with their types unchanged. May be called any
   * number of times. A name that was seen before must have the same description and schema as then;
   * otherwise its calls are blocked and recorded.
   *
   * @throws {AiSdkError} `AI_SDK_TOOL_UNGOVERNABLE` for a tool that runs elsewhere and is not in
   *   `ungoverned`, `AI_SDK_TOOL_GOVERNED_BEFORE`.
   * @throws {GovernError} `GOVERN_TOOL_DUPLICATE` for a name the governor has from elsewhere,
   *   `GOVERN_OPTIONS_INVALID`.
   */
  govern<Tools extends { readonly [name: string]: object }>(tools: Tools): Tools;
  /**
   * A function for `experimental_repairToolCall` that records calls of unknown tools as blocked. It
   * then calls `then`; a call that `then` repairs is governed like any other.
   */
  recordUnknown<Call extends UnparsedCall, Repaired>(
    then?: (call: Call) => Promise<Repaired | null>,
  ): (call: Call) => Promise<Repaired | null>;
}

function contextSource({ context }: AiSdkGovernorOptions) {
  return async (toolName: string, call: Partial<CallOptions> = {}): Promise<CallContext> => {
    const { toolCallId, messages = [] } = call;
    const hostContext = call.experimental_context ?? call.context;
    const named = { toolName, toolCallId: toolCallId ?? '', hostContext, messages };
    const caller = await resolveCaller(context, named);
    return toolCallId === undefined ? caller : { ...caller, callId: toolCallId };
  };
}

function throwRefused(code: AiSdkErrorCode, message: string, tool: string): never {
  throw new AiSdkError(code, message, { details: { tool } });
}

/**
 * Creates what puts tools behind a governor.
 *
 * @throws {AiSdkError} `AI_SDK_OPTIONS_INVALID`.
 */
export function createToolGovernor(options: AiSdkGovernorOptions): AiSdkToolGovernor {
  checkOptions(options);
  const { governor, held = 'ask', tools: perTool = {}, ungoverned } = options;
  const admissions = createAdmissions(options.admissionTimeoutMs ?? ADMISSION_TIMEOUT_MS);
  const registry = createGateRegistry(governor, perTool);
  const contextOf = contextSource(options);

  /**
   * The name belongs to another tool, so the call goes to a name that the governor does not have.
   */
  const refuseChanged = (name: string, tool: AiSdkTool): AiSdkTool =>
    replaceMembers(tool, {
      needsApproval: false,
      execute: async (input: unknown, call?: CallOptions) =>
        answerOf(await governor.call(`${name} (changed)`, input, await contextOf(name, call))),
    });

  const governOne = (name: string, tool: AiSdkTool): AiSdkTool => {
    if (GOVERNED in tool) {
      throwRefused('AI_SDK_TOOL_GOVERNED_BEFORE', 'the tool is already behind a governor', name);
    }
    const { execute } = tool;
    if (typeof execute !== 'function') {
      if (!isUngovernedAllowed(ungoverned, name)) {
        throwRefused(
          'AI_SDK_TOOL_UNGOVERNABLE',
          'the tool runs elsewhere, where nothing can stop it; name it in ungoverned to allow it',
          name,
        );
      }
      const { gate } = registry.named(name, tool, { mode: 'shadow', action: 'ungoverned' });
      return watchTool(tool, gate, (call) => contextOf(name, call));
    }
    const { gate, fingerprint } = registry.named(name, tool, {});
    if (fingerprint !== fingerprintOf(tool)) return refuseChanged(name, tool);
    const streams = Object.hasOwn(perTool, name) ? perTool[name]?.streams : undefined;
    return wrapTool(tool, execute, { name, gate, admissions, held, streams, contextOf });
  };

  return Object.freeze({
    govern<Tools extends { readonly [name: string]: object }>(tools: Tools): Tools {
      const governed = Object.entries(tools).map(([name, tool]) => {
        const one = governOne(name, tool as AiSdkTool);
        return [name, Object.assign(one, { [GOVERNED]: true })];
      });
      return Object.fromEntries(governed) as Tools;
    },
    recordUnknown<Call extends UnparsedCall, Repaired>(
      then?: (call: Call) => Promise<Repaired | null>,
    ) {
      return async (call: Call): Promise<Repaired | null> => {
        const { toolCall, tools, messages } = call;
        const { toolName, toolCallId, input } = toolCall;
        if (!Object.hasOwn(tools, toolName)) {
          const context = await contextOf(toolName, { toolCallId, messages });
          // Not by the name alone: the governor may have a tool of that name from elsewhere.
          await governor.call(`${toolName.slice(0, MAX_NAME)} (unknown)`, input, context);
        }
        return then ? then(call) : null;
      };
    },
  } satisfies AiSdkToolGovernor);
}

/**
 * Puts tools behind a governor in one step, for an application that does it once; see
 * {@link AiSdkToolGovernor.govern}.
 *
 * @throws {AiSdkError} `AI_SDK_OPTIONS_INVALID`, `AI_SDK_TOOL_UNGOVERNABLE`,
 *   `AI_SDK_TOOL_GOVERNED_BEFORE`.
 * @throws {GovernError} `GOVERN_TOOL_DUPLICATE`, `GOVERN_OPTIONS_INVALID`.
 */
export function governTools<Tools extends { readonly [name: string]: object }>(
  tools: Tools,
  options: AiSdkGovernorOptions,
): Tools {
  return createToolGovernor(options).govern(tools);
}
