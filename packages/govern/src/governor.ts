import { promised } from '@spanforge/core-events';
import { createCallsInProgress } from './calls-in-progress.js';
import { GovernError } from './error.js';
import type { CallContext } from './model/call.js';
import { checkCallContext } from './model/check-context.js';
import type { RegisteredTool } from './model/open-call.js';
import type {
  GovernedTool,
  Governor,
  GovernorParts,
  Tool,
  ToolContext,
  ToolOptions,
} from './model/options.js';
import type { GovernedResult } from './model/result.js';
import { checkLimits, checkToolOptions } from './option-checks.js';
import { governCall } from './pipeline.js';
import { createSetup } from './setup.js';

/**
 * Creates the policy enforcement point from the controls it asks and the log it writes to.
 *
 * @throws {GovernError} `GOVERN_OPTIONS_INVALID`.
 */
export function createGovernor(parts: GovernorParts): Governor {
  const setup = createSetup(parts);
  const tools = new Map<string, RegisteredTool>();
  const inProgress = createCallsInProgress();
  const run = (
    tool: RegisteredTool,
    args: unknown,
    context: CallContext,
  ): Promise<GovernedResult<unknown>> =>
    promised(() => {
      checkCallContext(context);
      const { callId } = context;
      const { name } = tool.options;
      const named = callId === undefined ? { tool: name } : { tool: name, callId };
      return inProgress.track(named, governCall(setup, tool, args, context));
    });
  return Object.freeze({
    govern<Args, Result>(
      tool: Tool<Args, Result>,
      options: ToolOptions<Args>,
    ): GovernedTool<Args, Result> {
      checkToolOptions(options);
      const { name } = options;
      if (tools.has(name)) {
        const message = 'a tool of that name is governed already';
        throw new GovernError('GOVERN_TOOL_DUPLICATE', message, { details: { tool: name } });
      }
      const registered: RegisteredTool = {
        kind: 'known',
        options: { ...options },
        run: tool as (args: unknown, context: ToolContext) => unknown,
      };
      tools.set(name, registered);
      return (args, context) => run(registered, args, context) as Promise<GovernedResult<Result>>;
    },
    call(name, args, context) {
      const unknown: RegisteredTool = { kind: 'unknown', options: { name, mode: 'enforce' } };
      return run(tools.get(name) ?? unknown, args, context);
    },
    drain(options = {}) {
      checkLimits({ timeoutMs: options.timeoutMs });
      return inProgress.drain(options.timeoutMs);
    },
  } satisfies Governor);
}

/**
 * Puts one tool behind a governor's controls; see {@link Governor.govern}.
 *
 * @throws {GovernError} `GOVERN_TOOL_DUPLICATE`, `GOVERN_OPTIONS_INVALID`.
 */
export function govern<Args, Result>(
  tool: Tool<Args, Result>,
  { governor, ...options }: ToolOptions<Args> & { readonly governor: Governor },
): GovernedTool<Args, Result> {
  return governor.govern(tool, options);
}
