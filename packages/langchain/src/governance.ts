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

/** A runnable that is used as a tool is governed as a tool of its own. */
export type GovernedLangchainTool<Tool> = Tool extends RunnableToolLike
  ? DynamicStructuredTool
  : Tool;

/** Governs the tools of any number of agents, graphs and nodes over one governor. */
export interface Governance {
  /**
   * The middleware of an agent: every tool call of its loop is governed, whichever way the tool came
   * in. Place it after middleware that brings or replaces tools, and before any that retries.
   *
   * @throws {LangchainError} `LANGCHAIN_OPTIONS_INVALID`.
   */
  middleware(options?: AgentOptions): GovernanceMiddleware;
  /**
   * A tool of the same type, class, name and schema that is governed wherever it is called: in a
   * `ToolNode`, a node of your own or a chain.
   *
   * @throws {LangchainError} `LANGCHAIN_OPTIONS_INVALID`.
   */
  tool<Tool extends ClientTool>(tool: Tool, options?: AgentOptions): GovernedLangchainTool<Tool>;
}

/**
 * Creates the governance of tools over one governor. Declared tools are registered at once, others
 * when they are first called.
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
 * Governs every tool call of one agent; for several agents over one governor, see
 * {@link createGovernance}.
 *
 * @throws {LangchainError} `LANGCHAIN_OPTIONS_INVALID`.
 */
export function governanceMiddleware(options: GovernanceOptions): GovernanceMiddleware {
  return createGovernance(options).middleware();
}

/**
 * Governs one tool, keeping its type; for several over one governor with the same options, see
 * {@link createGovernance}.
 *
 * @throws {LangchainError} `LANGCHAIN_OPTIONS_INVALID`.
 */
export function governTool<Tool extends ClientTool>(
  tool: Tool,
  options: GovernanceOptions,
): GovernedLangchainTool<Tool> {
  return createGovernance(options).tool(tool);
}
