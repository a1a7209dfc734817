import { type CallerContext, completeCaller } from '@spanforge/govern/adapters';
import type { AiSdkCall } from './options.js';

/**
 * Who calls, in one line: `fixed` is the same for every call of the application; the rest, such as
 * `run` and `actor`, is read from the object the host gave the SDK for this request, as
 * `experimental_context` in version 6 and as the tool's context in version 7.
 *
 * The returned function throws {@link GovernError} `GOVERN_CONTEXT_INVALID`, naming what is missing.
 */
export function callerContext(fixed: Partial<CallerContext>): (call: AiSdkCall) => CallerContext {
  return ({ hostContext }) => completeCaller(fixed, hostContext, 'experimental_context');
}
