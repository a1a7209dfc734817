import { type CallerContext, completeCaller } from '@spanforge/govern/adapters';
import type { AgentsCall } from './options.js';

/**
 * Builds the context of calls. `fixed` is the same for every call of the application. The rest,
 * such as `run` and `actor`, is read from the `context` that the host gave the run.
 *
 * The returned function throws {@link GovernError} `GOVERN_CONTEXT_INVALID`, naming what is missing.
 */
export function callerContext(fixed: Partial<CallerContext>): (call: AgentsCall) => CallerContext {
  return ({ runContext }) => {
    const given = (runContext as { readonly context?: unknown } | undefined)?.context;
    return completeCaller(fixed, given, 'context');
  };
}
