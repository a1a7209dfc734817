import { describe, expect, it } from 'vitest';
import { AiSdkError, type AiSdkErrorCode } from './error.js';
import * as entry from './index.js';

describe('what users rely on', () => {
  it('exports exactly this', () => {
    expect(Object.keys(entry).sort()).toEqual([
      'AiSdkError',
      'callerContext',
      'createToolGovernor',
      'governTools',
      'pendingReviews',
      'resolveApprovals',
      'stopOnDenial',
    ]);
  });

  it('has these error codes', () => {
    const codes: Record<AiSdkErrorCode, true> = {
      AI_SDK_OPTIONS_INVALID: true,
      AI_SDK_TOOL_UNGOVERNABLE: true,
      AI_SDK_TOOL_GOVERNED_BEFORE: true,
      AI_SDK_OUTSIDE_CALL: true,
      AI_SDK_CALL_BLOCKED: true,
      AI_SDK_CALL_HELD: true,
      AI_SDK_RESULT_WITHHELD: true,
      AI_SDK_CALL_CANCELLED: true,
      AI_SDK_CALL_TIMED_OUT: true,
    };
    expect(Object.keys(codes)).toHaveLength(9);
  });

  it('knows its errors across copies of the package', () => {
    const foreign = { [Symbol.for('spanforge.ai-sdk.error')]: true };
    expect(AiSdkError.is(foreign)).toBe(true);
    expect(AiSdkError.is(new Error('other'))).toBe(false);
    expect(AiSdkError.is(null)).toBe(false);
  });
});
