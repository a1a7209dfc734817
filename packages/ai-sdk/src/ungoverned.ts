import type { CallContext } from '@spanforge/govern';
import type { Gate } from '@spanforge/govern/adapters';
import type { AiSdkTool, CallOptions } from './sdk.js';
import { replaceMembers } from './wrap.js';

/**
 * A tool that runs elsewhere. Nothing here can stop its calls; each is put on record as a shadow
 * when the SDK learns of it, with what the controls would have said.
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
