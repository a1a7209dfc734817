import type { GovernedResult } from '@spanforge/govern';
import { OpenAIAgentsError, type OpenAIAgentsErrorCode } from './error.js';

type Refused = Exclude<GovernedResult<unknown>, { status: 'completed' | 'streaming' | 'failed' }>;

const SAID: Readonly<Record<Refused['status'], readonly [OpenAIAgentsErrorCode, string]>> = {
  blocked: ['OPENAI_AGENTS_CALL_BLOCKED', 'The tool was not run.'],
  held: [
    'OPENAI_AGENTS_CALL_HELD',
    'The tool was not run; a person has to approve this call first.',
  ],
  withheld: ['OPENAI_AGENTS_RESULT_WITHHELD', 'The tool ran, and its result is withheld.'],
  cancelled: ['OPENAI_AGENTS_CALL_CANCELLED', 'The call was cancelled.'],
  timed_out: ['OPENAI_AGENTS_CALL_TIMED_OUT', 'The tool did not answer in time.'],
};

function refusalError(result: Refused): OpenAIAgentsError {
  const { status, tool, callId, reasonCode, executed } = result;
  const [code, said] = SAID[status];
  const decided = status === 'blocked' || status === 'held' || status === 'withheld';
  const review =
    'reviewId' in result && result.reviewId !== undefined ? { reviewId: result.reviewId } : {};
  const advice = 'advice' in result ? ` ${result.advice?.text ?? ''}`.trimEnd() : '';
  return new OpenAIAgentsError(code, decided ? `${said} ${result.reason}${advice}` : said, {
    details: { tool, callId, reasonCode, executed, ...review },
    ...('cause' in result ? { cause: result.cause } : {}),
  });
}

/**
 * The answer of a governed call to the SDK: the tool's answer, or a sentence that says why there is
 * none.
 *
 * @throws what the tool threw; the reason of a cancellation; {@link OpenAIAgentsError} for a
 *   refused call if `denied` is `throw`.
 */
export function answerOf(
  result: GovernedResult<unknown>,
  denied: 'tell' | 'throw',
  signal: AbortSignal | undefined,
): unknown {
  if (result.status === 'completed' || result.status === 'streaming') return result.value;
  if (result.status === 'failed') throw result.error;
  if (result.status === 'cancelled') signal?.throwIfAborted();
  const refusal = refusalError(result);
  if (denied === 'throw' || result.status === 'cancelled') throw refusal;
  return refusal.message;
}
