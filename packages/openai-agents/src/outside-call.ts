import { OpenAIAgentsError } from './error.js';

/** The error when a governed function runs outside a call of the SDK. */
export function outsideCallError(tool: string): OpenAIAgentsError {
  return new OpenAIAgentsError(
    'OPENAI_AGENTS_OUTSIDE_CALL',
    'this governed tool can only be run by the SDK',
    {
      details: { tool },
    },
  );
}
