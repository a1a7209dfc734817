import type { CallContext, ToolOptions } from '@spanforge/govern';
import {
  type Admissions,
  createAdmissions,
  type Gate,
  isUngovernedAllowed,
  openGate,
  resolveCaller,
} from '@spanforge/govern/adapters';
import { answerOf } from './answer.js';
import { OpenAIAgentsError, type OpenAIAgentsErrorCode } from './error.js';
import { type AgentsGovernorOptions, checkOptions } from './options.js';
import { outsideCallError } from './outside-call.js';
import {
  type AgentsHandoff,
  type AgentsTool,
  type CallDetails,
  formatInput,
  isAgentTool,
  parseInput,
  replaceMembers,
} from './sdk.js';
import { wrapTool } from './wrap.js';

const GOVERNED: unique symbol = Symbol.for('spanforge.openai-agents.governed');
const ADMISSION_TIMEOUT_MS = 300_000;

/** Puts tools and handoffs behind one governor, for any number of agents and runs. */
export interface AgentsToolGovernor {
  /**
   * Returns the same tool behind the governor, with its type unchanged. It is a copy, except for an
   * agent as a tool: that one is changed in place, because the SDK finds it by its identity. May be
   * called any number of times. A name that was seen before must have the same description and
   * schema as then; otherwise its calls are blocked and recorded.
   *
   * @throws {OpenAIAgentsError} `OPENAI_AGENTS_TOOL_UNGOVERNABLE` for a tool that runs elsewhere and
   *   is not in `ungoverned`, `OPENAI_AGENTS_TOOL_GOVERNED_BEFORE`.
   * @throws {GovernError} `GOVERN_TOOL_DUPLICATE` for a name the governor has from elsewhere,
   *   `GOVERN_OPTIONS_INVALID`.
   */
  governTool<Tool extends { readonly type: string; readonly name: string }>(tool: Tool): Tool;
  /** Several tools; see {@link AgentsToolGovernor.governTool}. */
  governTools<Tools extends { readonly type: string; readonly name: string }[]>(
    tools: readonly [...Tools],
  ): Tools;
  /**
   * Returns the same handoff behind the governor, under its tool name, with the action `handoff`. A
   * handoff that is refused or held ends the run with an {@link OpenAIAgentsError}, because the SDK
   * has no other way.
   *
   * @throws {GovernError} `GOVERN_TOOL_DUPLICATE`, `GOVERN_OPTIONS_INVALID`.
   */
  governHandoff<Handoff extends { readonly toolName: string; readonly agentName: string }>(
    handoff: Handoff,
  ): Handoff;
  /** The same names and options for the tools of another agent. */
  forAgent(agent: string): AgentsToolGovernor;
}

interface Known {
  readonly gate: Gate;
  readonly fingerprint: string;
}

type Registry = Map<string, Known>;

/** What every tool and handoff of one tool governor shares. */
interface Parts {
  readonly options: AgentsGovernorOptions;
  readonly admissions: Admissions;
  /** Registers a name the first time it is seen; its own options take precedence over `more`. */
  named(name: string, fingerprint: string, more: Partial<ToolOptions<never>>): Known;
  contextOf(name: string, runContext: unknown, callId: string | undefined): Promise<CallContext>;
}

function fingerprintOf({ type, description, parameters }: AgentsTool): string {
  return JSON.stringify([type, description ?? null, parameters ?? null]);
}

function partsOf(options: AgentsGovernorOptions, known: Registry): Parts {
  const { governor, context, agent, tools = {}, admissionTimeoutMs } = options;
  return {
    options,
    admissions: createAdmissions(admissionTimeoutMs ?? ADMISSION_TIMEOUT_MS),
    named(name, fingerprint, more) {
      const before = known.get(name);
      if (before) return before;
      const own = Object.hasOwn(tools, name) ? tools[name] : {};
      const one = {
        gate: openGate(governor, { ...more, ...own, name }, outsideCallError),
        fingerprint,
      };
      known.set(name, one);
      return one;
    },
    async contextOf(toolName, runContext, callId) {
      const caller = await resolveCaller(context, { toolName, callId, runContext });
      const own = agent === undefined ? caller : { ...caller, agent };
      return callId === undefined ? own : { ...own, callId };
    },
  };
}

/** The name belongs to another tool, so the call goes to a name that the governor does not have. */
function refuseChanged({ options, contextOf }: Parts, name: string): Partial<AgentsTool> {
  const { governor, denied = 'tell' } = options;
  return {
    needsApproval: async () => false,
    invoke: async (runContext: unknown, input: string, details?: CallDetails) => {
      const context = await contextOf(name, runContext, details?.toolCall?.callId);
      const result = await governor.call(`${name} (changed)`, parseInput(input), context);
      return answerOf(result, denied, details?.signal);
    },
  };
}

function replace(tool: AgentsTool, members: Partial<AgentsTool>): AgentsTool {
  const marked = { ...members, [GOVERNED]: true };
  if (isAgentTool(tool)) return Object.assign(tool, marked);
  return Object.assign(replaceMembers(tool, members), { [GOVERNED]: true });
}

function throwRefused(
  code: OpenAIAgentsErrorCode,
  message: string,
  { name, type }: AgentsTool,
): never {
  const details = { tool: String(name), type: String(type) };
  throw new OpenAIAgentsError(code, message, { details });
}

function governTool(parts: Parts, tool: AgentsTool): AgentsTool {
  const { options, admissions, named, contextOf } = parts;
  const { agent, ungoverned, held = 'ask', denied = 'tell' } = options;
  const { name, type, invoke } = tool;
  if (GOVERNED in tool) {
    throwRefused(
      'OPENAI_AGENTS_TOOL_GOVERNED_BEFORE',
      'the tool is already behind a governor',
      tool,
    );
  }
  if (type !== 'function' || typeof invoke !== 'function') {
    if (isUngovernedAllowed(ungoverned, name)) return tool;
    throwRefused(
      'OPENAI_AGENTS_TOOL_UNGOVERNABLE',
      'the tool runs elsewhere, where nothing can stop it; name it in ungoverned to allow it',
      tool,
    );
  }
  // `read`, because the SDK invokes an agent again to resume it; its effects are those of its own
  // calls.
  const more = isAgentTool(tool) ? ({ effect: 'read' } as const) : {};
  const { gate, fingerprint } = named(name, fingerprintOf(tool), more);
  if (fingerprint !== fingerprintOf(tool)) return replace(tool, refuseChanged(parts, name));
  const own = (runContext: unknown, callId: string | undefined): Promise<CallContext> =>
    contextOf(name, runContext, callId);
  const wrapping = { name, agent, gate, admissions, held, denied, contextOf: own };
  return replace(tool, wrapTool(tool, invoke, wrapping));
}

function governHandoff({ named, contextOf }: Parts, handoff: AgentsHandoff): AgentsHandoff {
  const { toolName, agentName, onInvokeHandoff } = handoff;
  const { gate } = named(toolName, `handoff ${agentName}`, { action: 'handoff' });
  return replaceMembers(handoff, {
    async onInvokeHandoff(runContext: never, input: string) {
      const context = await contextOf(toolName, runContext, undefined);
      let next: unknown;
      const result = await gate.start(parseInput(input), context, async (given) => {
        const text = input === '' ? input : formatInput(given);
        next = await Reflect.apply(onInvokeHandoff, handoff, [runContext, text]);
        return { agent: agentName };
      });
      answerOf(result, 'throw', undefined);
      return next;
    },
  });
}

function createWith(options: AgentsGovernorOptions, known: Registry): AgentsToolGovernor {
  const parts = partsOf(options, known);
  return Object.freeze({
    governTool: <Tool extends { readonly type: string; readonly name: string }>(tool: Tool): Tool =>
      governTool(parts, tool as unknown as AgentsTool) as unknown as Tool,
    governTools: <Tools extends { readonly type: string; readonly name: string }[]>(
      tools: readonly [...Tools],
    ): Tools =>
      tools.map((tool) => governTool(parts, tool as unknown as AgentsTool)) as unknown as Tools,
    governHandoff: <Handoff extends { readonly toolName: string; readonly agentName: string }>(
      handoff: Handoff,
    ): Handoff => governHandoff(parts, handoff as unknown as AgentsHandoff) as unknown as Handoff,
    forAgent: (agent) => createWith({ ...options, agent }, known),
  } satisfies AgentsToolGovernor);
}

/**
 * Creates what puts tools behind a governor.
 *
 * @throws {OpenAIAgentsError} `OPENAI_AGENTS_OPTIONS_INVALID`.
 */
export function createToolGovernor(options: AgentsGovernorOptions): AgentsToolGovernor {
  checkOptions(options);
  return createWith(options, new Map());
}

/**
 * Puts tools behind a governor in one step, for an application that does it once; see
 * {@link AgentsToolGovernor.governTool}.
 *
 * @throws {OpenAIAgentsError} `OPENAI_AGENTS_OPTIONS_INVALID`, `OPENAI_AGENTS_TOOL_UNGOVERNABLE`,
 *   `OPENAI_AGENTS_TOOL_GOVERNED_BEFORE`.
 * @throws {GovernError} `GOVERN_TOOL_DUPLICATE`, `GOVERN_OPTIONS_INVALID`.
 */
export function governTools<Tools extends { readonly type: string; readonly name: string }[]>(
  tools: readonly [...Tools],
  options: AgentsGovernorOptions,
): Tools {
  return createToolGovernor(options).governTools(tools);
}
