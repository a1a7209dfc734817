import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallContext } from '../model/call.js';
import type { Governor, ToolOptions } from '../model/options.js';
import type { GovernedResult } from '../model/result.js';

/** Runs the tool itself, with the arguments that were decided about. */
export type RunTool = (given: unknown, signal: AbortSignal) => unknown;

/** One tool name behind a governor; each call says which function runs under it. */
export interface Gate {
  start(input: unknown, context: CallContext, run: RunTool): Promise<GovernedResult<unknown>>;
}

interface Ticket {
  readonly run: RunTool;
  used: boolean;
}

/**
 * Registers a tool name with a governor, once. What belongs to a single call, such as its messages,
 * reaches the tool beside the arguments; only the arguments are decided about and recorded.
 *
 * @param outside Makes the error of a tool that is run outside such a call.
 * @throws {GovernError} `GOVERN_TOOL_DUPLICATE`, `GOVERN_OPTIONS_INVALID`.
 */
export function openGate(
  governor: Governor,
  options: ToolOptions<never>,
  outside: (tool: string) => Error,
): Gate {
  const tickets = new AsyncLocalStorage<Ticket>();
  const governed = governor.govern<unknown, unknown>(
    (given, { signal }) => {
      const ticket = tickets.getStore();
      if (ticket === undefined || ticket.used) throw outside(options.name);
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
