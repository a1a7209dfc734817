import type { ToolMessage } from '@langchain/core/messages';
import { type CallContext, GovernError, type GovernedResult } from '@spanforge/govern';
import { resolveCaller } from '@spanforge/govern/adapters';
import { askPerson } from './ask-person.js';
import { type DeniedCall, denialMessage } from './denial.js';
import { LangchainError } from './error.js';
import type { GovernanceOptions, LangchainCall, LangchainCallerSource } from './options.js';
import type { ReviewQuestion } from './question.js';

/** The outcome of a governed call. */
export type EndedCall =
  | { readonly kind: 'released'; readonly result: Released }
  | { readonly kind: 'denied'; readonly result: DeniedCall; readonly question?: ReviewQuestion };

export type Released = Extract<GovernedResult<unknown>, { readonly status: 'completed' }>;

function joinSignals(
  host: AbortSignal | undefined,
  run: AbortSignal | undefined,
): { signal?: AbortSignal } {
  if (host === undefined || run === undefined) {
    const signal = host ?? run;
    return signal === undefined ? {} : { signal };
  }
  return { signal: AbortSignal.any([host, run]) };
}

/** Completes the host's context with what LangChain knows of the call. */
export async function contextOf(
  source: LangchainCallerSource,
  request: LangchainCall,
  signal: AbortSignal | undefined,
): Promise<CallContext> {
  const { tool, toolCallId } = request;
  let context: CallContext;
  try {
    context = await resolveCaller(source, request);
  } catch (cause) {
    const why = GovernError.is(cause) ? cause.message : 'the context function threw';
    const message = `${why}; the caller's identity is unknown`;
    throw new LangchainError('LANGCHAIN_CONTEXT_UNAVAILABLE', message, {
      details: { tool },
      cause,
    });
  }
  const callId = context.callId ?? toolCallId;
  return {
    ...context,
    ...(callId === undefined || callId === '' ? {} : { callId }),
    ...joinSignals(context.signal, signal),
  };
}

async function isPending(
  { reviews }: GovernanceOptions,
  reviewId: string | undefined,
): Promise<boolean> {
  if (reviewId === undefined || reviews === undefined) return false;
  return (await reviews.get(reviewId))?.state === 'pending';
}

async function questionOf(
  options: GovernanceOptions,
  result: DeniedCall,
  args: unknown,
): Promise<ReviewQuestion | undefined> {
  const reviewId = 'reviewId' in result ? result.reviewId : undefined;
  if (options.held === 'tell' || reviewId === undefined) return undefined;
  if (result.status !== 'held' && !(await isPending(options, reviewId))) return undefined;
  const { tool, callId, reason, reasonCode } = result;
  const about = result.status === 'held' ? 'call' : 'result';
  return { kind: 'spanforge_review', reviewId, about, tool, callId, args, reason, reasonCode };
}

/**
 * Says how a governed call ended: released, denied, or held until a person has decided.
 *
 * @throws the tool's own error, and the reason of an abort.
 */
export async function outcomeOf(
  options: GovernanceOptions,
  result: GovernedResult<unknown>,
  args: unknown,
  signal: AbortSignal | undefined,
): Promise<EndedCall> {
  switch (result.status) {
    case 'completed':
      return { kind: 'released', result };
    case 'failed':
      throw result.error;
    case 'cancelled':
      throw signal?.reason ?? new DOMException('The call was cancelled.', 'AbortError');
    case 'streaming':
      throw new TypeError('a stream that was to be held was not');
    default: {
      const question = await questionOf(options, result, args);
      return { kind: 'denied', result, ...(question === undefined ? {} : { question }) };
    }
  }
}

/** One attempt; it can be repeated after a person has decided. */
export interface Attempt<Value> {
  readonly value: Value;
  /** What a person has to decide before another attempt makes sense. */
  readonly question?: ReviewQuestion | undefined;
}

/**
 * Makes attempts until no person has to be asked any more. When an interrupted graph is resumed, it
 * runs the node again from the start: the call is decided again and runs at most once.
 */
export async function untilAnswered<Value>(
  options: GovernanceOptions,
  request: LangchainCall,
  attempt: () => Promise<Attempt<Value>>,
): Promise<Value> {
  let refused: string | undefined;
  for (;;) {
    const { value, question } = await attempt();
    if (question === undefined) return value;
    const asked = refused === undefined ? question : { ...question, refused };
    const answered = await askPerson(options, request, asked);
    if (answered === undefined) return value;
    refused = answered.refused;
  }
}

/** @throws {LangchainError} `LANGCHAIN_CALL_DENIED`. */
export function deny(
  { denied }: GovernanceOptions,
  { tool, toolCallId }: LangchainCall,
  result: DeniedCall,
): ToolMessage {
  return denialMessage(result, { name: tool, toolCallId, throws: denied === 'throw' });
}
