import { type CallerContext, completeCaller } from '@spanforge/govern/adapters';
import type { AiSdkCall } from './options.js';

/**
 * Builds the context of calls. `fixed` is the same for every call of the application. The rest,
 * such as `run` and `actor`, is read from the object that the host gave the SDK for this request:
 * `experimental_context` in version 6, the tool's context in version 7.
 *
 * The returned function throws {@link GovernError} `GOVERN_CONTEXT_INVALID`, naming what is missing.
 */
export function callerContext(fixed: Partial<CallerContext>): (call: AiSdkCall) => CallerContext {
  return ({ hostContext }) => completeCaller(fixed, hostContext, 'experimental_context');
}
