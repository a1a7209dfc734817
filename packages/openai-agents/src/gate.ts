import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallContext, GovernedResult, Governor, ToolOptions } from '@spanforge/govern';
import { OpenAIAgentsError } from './error.js';

/** Runs the tool itself, with the arguments that were decided about. */
export type RunTool = (given: unknown, signal: AbortSignal) => unknown;

/** One name behind a governor; which function runs under it is said call by call. */
export interface Gate {
  start(input: unknown, context: CallContext, run: RunTool): Promise<GovernedResult<unknown>>;
}

interface Ticket {
  readonly run: RunTool;
  used: boolean;
}

/**
 * Registers a name with a governor, once. What belongs to a single call, such as its messages,
 * reaches the tool beside the arguments, which are what is decided about and recorded.
 *
 * @throws {GovernError} `GOVERN_TOOL_DUPLICATE`, `GOVERN_OPTIONS_INVALID`.
 */
export function openGate(governor: Governor, options: ToolOptions<never>): Gate {
  const tickets = new AsyncLocalStorage<Ticket>();
  const governed = governor.govern<unknown, unknown>(
    (given, { signal }) => {
      const ticket = tickets.getStore();
      if (ticket === undefined || ticket.used) {
        throw new OpenAIAgentsError(
          'OPENAI_AGENTS_OUTSIDE_CALL',
          'the tool runs within calls of the SDK only',
          {
            details: { tool: options.name },
          },
        );
      }
      ticket.used = true;
      return ticket.run(given, signal);
    },
    options as ToolOptions<unknown>,
  );
  return {
    start: (input, context, run) =>
      tickets.run({ run, used: false }, () => governed(input, context)),
  };
}
