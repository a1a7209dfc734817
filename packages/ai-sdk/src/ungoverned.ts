import type { CallContext } from '@spanforge/govern';
import type { Gate } from '@spanforge/govern/adapters';
import type { AiSdkTool, CallOptions } from './sdk.js';
import { replaceMembers } from './wrap.js';

/**
 * A tool that runs elsewhere. Its calls cannot be stopped here. Each is recorded as a shadow when
 * the SDK learns of it, with the decision that the controls would have made.
 */
export function watchTool(
  tool: AiSdkTool,
  gate: Gate,
  contextOf: (options: CallOptions) => Promise<CallContext>,
): AiSdkTool {
  const { onInputAvailable } = tool;
  return replaceMembers(tool, {
    async onInputAvailable(options: CallOptions & { readonly input: unknown }) {
      const context = await contextOf(options);
      await gate.start(options.input, context, () => ({ governed: false }));
      await (onInputAvailable && Reflect.apply(onInputAvailable, tool, [options]));
    },
  });
}
