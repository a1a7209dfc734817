import type { GovernedResult } from '@spanforge/govern';
import { AiSdkError, type AiSdkErrorCode } from './error.js';

type Refused = Exclude<GovernedResult<unknown>, { status: 'completed' | 'streaming' | 'failed' }>;

const SAID: Readonly<Record<Refused['status'], readonly [AiSdkErrorCode, string]>> = {
  blocked: ['AI_SDK_CALL_BLOCKED', 'The tool was not run.'],
  held: ['AI_SDK_CALL_HELD', 'The tool was not run; a person has to approve this call first.'],
  withheld: ['AI_SDK_RESULT_WITHHELD', 'The tool ran, and its result is withheld.'],
  cancelled: ['AI_SDK_CALL_CANCELLED', 'The call was cancelled.'],
  timed_out: ['AI_SDK_CALL_TIMED_OUT', 'The tool did not answer in time.'],
};

function refusalError(result: Refused): AiSdkError {
  const { status, tool, callId, reasonCode, executed } = result;
  const [code, said] = SAID[status];
  const decided = status === 'blocked' || status === 'held' || status === 'withheld';
  const review =
    'reviewId' in result && result.reviewId !== undefined ? { reviewId: result.reviewId } : {};
  const advice = 'advice' in result ? ` ${result.advice?.text ?? ''}`.trimEnd() : '';
  return new AiSdkError(code, decided ? `${said} ${result.reason}${advice}` : said, {
    details: { tool, callId, reasonCode, executed, ...review },
    ...('cause' in result ? { cause: result.cause } : {}),
  });
}

/**
 * What a governed call answers to the SDK.
 *
 * @throws what the tool threw, or {@link AiSdkError} when there is no answer; the SDK then tells
 *   the model and continues.
 */
export function answerOf(result: GovernedResult<unknown>): unknown {
  if (result.status === 'completed' || result.status === 'streaming') return result.value;
  if (result.status === 'failed') throw result.error;
  throw refusalError(result);
}
