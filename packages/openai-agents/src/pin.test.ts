import { describe, expect, it } from 'vitest';
import { OpenAIAgentsError, type OpenAIAgentsErrorCode } from './error.js';
import * as entry from './index.js';

describe('what users rely on', () => {
  it('exports exactly this', () => {
    expect(Object.keys(entry).sort()).toEqual([
      'OpenAIAgentsError',
      'callerContext',
      'createToolGovernor',
      'governTools',
      'pendingReviews',
      'resolveInterruption',
      'watchModel',
    ]);
  });

  it('has these error codes', () => {
    const codes: Record<OpenAIAgentsErrorCode, true> = {
      OPENAI_AGENTS_OPTIONS_INVALID: true,
      OPENAI_AGENTS_TOOL_UNGOVERNABLE: true,
      OPENAI_AGENTS_TOOL_GOVERNED_BEFORE: true,
      OPENAI_AGENTS_OUTSIDE_CALL: true,
      OPENAI_AGENTS_CALL_BLOCKED: true,
      OPENAI_AGENTS_CALL_HELD: true,
      OPENAI_AGENTS_RESULT_WITHHELD: true,
      OPENAI_AGENTS_CALL_CANCELLED: true,
      OPENAI_AGENTS_CALL_TIMED_OUT: true,
    };
    expect(Object.keys(codes)).toHaveLength(9);
  });

  it('knows its errors across copies of the package', () => {
    const foreign = { [Symbol.for('spanforge.openai-agents.error')]: true };
    expect(OpenAIAgentsError.is(foreign)).toBe(true);
    expect(OpenAIAgentsError.is(new Error('other'))).toBe(false);
    expect(OpenAIAgentsError.is(null)).toBe(false);
  });
});
