import { type CallerContext, completeCaller } from '@spanforge/govern/adapters';
import type { LangchainCall } from './options.js';

/**
 * Builds the context of calls. `fixed` is the same for every call of the application. The rest is
 * read from the run's `context`, or else from its `configurable`, where `thread_id` is the run and
 * `user_id` the actor. If clients can write `configurable`, as on a platform that takes it from the
 * browser, fix the actor or read it from your own session.
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
