import { AiSdkError } from './error.js';

/** The error when a governed function runs outside a call of the SDK. */
export function outsideCallError(tool: string): AiSdkError {
  return new AiSdkError('AI_SDK_OUTSIDE_CALL', 'this governed tool can only be run by the SDK', {
    details: { tool },
  });
}
