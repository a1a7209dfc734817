import { ToolMessage } from '@langchain/core/messages';
import type { GovernedResult } from '@spanforge/govern';
import { LangchainError } from './error.js';

/** A call without a result: the model gets the reason instead. */
export type DeniedCall = Extract<
  GovernedResult<unknown>,
  { readonly status: 'blocked' | 'held' | 'withheld' | 'timed_out' }
>;

/** The reason, and what else the model is told: whether it is final, and what would help. */
function reasonOf(denied: DeniedCall): string {
  const advice = 'advice' in denied ? denied.advice?.text : undefined;
  return advice === undefined ? denied.reason : `${denied.reason} ${advice}`;
}

function textOf(denied: DeniedCall): string {
  const reason = reasonOf(denied);
  switch (denied.status) {
    case 'blocked':
      return `Not done: ${reason}`;
    case 'held':
      return `Not done yet, a person has to decide: ${reason}`;
    case 'withheld':
      return `Done, but the result is withheld: ${reason}`;
    case 'timed_out':
      return 'No answer in time. It may have had its effect, so it is not to be done again.';
  }
}

function detailsOf(denied: DeniedCall): Readonly<Record<string, string>> {
  const { status, tool, callId, reasonCode } = denied;
  const reviewId = 'reviewId' in denied ? denied.reviewId : undefined;
  return { status, tool, call: callId, reasonCode, ...(reviewId ? { reviewId } : {}) };
}

/**
 * Answers the tool call with the denial and its reason.
 *
 * @throws {LangchainError} `LANGCHAIN_CALL_DENIED` when there is no tool call to answer, or when
 *   denials are thrown.
 */
export function denialMessage(
  denied: DeniedCall,
  answering: {
    readonly name: string;
    readonly toolCallId: string | undefined;
    readonly throws: boolean;
  },
): ToolMessage {
  const { name, toolCallId, throws } = answering;
  const details = detailsOf(denied);
  if (throws || toolCallId === undefined) {
    throw new LangchainError('LANGCHAIN_CALL_DENIED', textOf(denied), { details });
  }
  return new ToolMessage({
    content: textOf(denied),
    status: 'error',
    name,
    tool_call_id: toolCallId,
    artifact: { spanforge: details },
  });
}
