import { type CallerContext, completeCaller } from '@spanforge/govern/adapters';
import type { LangchainCall } from './options.js';

/**
 * Who calls, in one line: `fixed` is the same for every call of the application. The rest is read from
 * what the host put into the run's `context`, or else into its `configurable`, where `thread_id` is
 * the run and `user_id` the actor. Where clients write `configurable` themselves, as on a platform
 * that takes it from the browser, fix the actor or read it from your own session instead.
 *
 * The returned function throws {@link GovernError} `GOVERN_CONTEXT_INVALID`, naming what is missing.
 */
export function callerContext(
  fixed: Partial<CallerContext>,
): (call: LangchainCall) => CallerContext {
  return ({ configurable, context }) => {
    const { thread_id: run, user_id: actor } = configurable;
    const inContext = typeof context === 'object' && context !== null ? context : {};
    return completeCaller(fixed, { run, actor, ...configurable, ...inContext }, 'configurable');
  };
}
