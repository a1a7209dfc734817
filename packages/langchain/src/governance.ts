import type { RunnableToolLike } from '@langchain/core/runnables';
import type { ClientTool, DynamicStructuredTool } from '@langchain/core/tools';
import { createAgentMiddleware, type GovernanceMiddleware } from './middleware.js';
import {
  checkContext,
  checkOptions,
  type GovernanceOptions,
  type LangchainCallerSource,
} from './options.js';
import { createToolRegistry } from './registry.js';
import { type LangchainWrapping, wrapTool } from './wrap-tool.js';

/** What differs from one agent to the next. */
export interface AgentOptions {
  /** The governance's own when absent. */
  readonly context?: LangchainCallerSource;
}

/** A runnable that is used as a tool is governed like a tool. */
export type GovernedLangchainTool<Tool> = Tool extends RunnableToolLike
  ? DynamicStructuredTool
  : Tool;

/** Governs the tools of any number of agents, graphs and nodes with one governor. */
export interface Governance {
  /**
   * The middleware of an agent. It governs every tool call of the agent's loop, however the tool
   * was added. Place it after middleware that adds or replaces tools, and before middleware that
   * retries.
   *
   * @throws {LangchainError} `LANGCHAIN_OPTIONS_INVALID`.
   */
  middleware(options?: AgentOptions): GovernanceMiddleware;
  /**
   * Returns a tool of the same type, class, name and schema that is governed wherever it is called:
   * in a `ToolNode`, in your own node or in a chain.
   *
   * @throws {LangchainError} `LANGCHAIN_OPTIONS_INVALID`.
   */
  tool<Tool extends ClientTool>(tool: Tool, options?: AgentOptions): GovernedLangchainTool<Tool>;
}

/**
 * Creates the governance of tools with one governor. Declared tools are registered at once, others
 * at their first call.
 *
 * @throws {LangchainError} `LANGCHAIN_OPTIONS_INVALID`.
 * @throws {GovernError} `GOVERN_TOOL_DUPLICATE`, `GOVERN_OPTIONS_INVALID` for a declared tool.
 */
export function createGovernance(options: GovernanceOptions): Governance {
  checkOptions(options);
  const registry = createToolRegistry(options);
  const wrappingOf = ({ context = options.context }: AgentOptions = {}): LangchainWrapping => {
    checkContext(context);
    return { options, context, registry };
  };
  const wrapped = new WeakSet<object>();
  return Object.freeze({
    middleware: (agent) => createAgentMiddleware(wrappingOf(agent), wrapped),
    tool(tool, agent) {
      if (wrapped.has(tool)) return tool as never;
      const governed = wrapTool(tool as never, wrappingOf(agent));
      wrapped.add(governed);
      return governed as never;
    },
  } satisfies Governance);
}

/**
 * Governs every tool call of one agent. For several agents with one governor, see {@link
 * createGovernance}.
 *
 * @throws {LangchainError} `LANGCHAIN_OPTIONS_INVALID`.
 */
export function governanceMiddleware(options: GovernanceOptions): GovernanceMiddleware {
  return createGovernance(options).middleware();
}

/**
 * Governs one tool and keeps its type. For several tools with the same options, see {@link
 * createGovernance}.
 *
 * @throws {LangchainError} `LANGCHAIN_OPTIONS_INVALID`.
 */
export function governTool<Tool extends ClientTool>(
  tool: Tool,
  options: GovernanceOptions,
): GovernedLangchainTool<Tool> {
  return createGovernance(options).tool(tool);
}
