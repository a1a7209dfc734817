import type { AgentAdvice, GovernedResult } from '@spanforge/govern';
import { errorOf, type MessageId, RPC, type RpcError, resultOf } from './message.js';
import type { Operation } from './operation.js';
import type { PlainObject } from './plain.js';

/** A JSON-RPC error the server gave. */
export class ServerError extends Error {
  /** @param by Whose words they are: the server's, or this proxy's about the server. */
  constructor(
    readonly error: RpcError,
    readonly by: 'server' | 'proxy' = 'server',
  ) {
    super(error.message);
    this.name = 'McpServerError';
  }
}

type NotCompleted = Exclude<GovernedResult<unknown>, { status: 'completed' | 'streaming' }>;

/** What a client learns about a refused call; contains no governed text. */
export interface ClientRefusal {
  readonly status: string;
  readonly reason: string;
  readonly reasonCode: string;
  readonly executed: boolean;
  readonly callId: string;
  readonly reviewId?: string;
  /** Whether it is final, and what would help. */
  readonly advice?: AgentAdvice;
}

/** Which envelope the client speaks; see `isModern`. */
export interface AnswerForm {
  readonly operation: Pick<Operation, 'kind'>;
  readonly modern: boolean;
}

const MODERN = 'io.modelcontextprotocol/protocolVersion';

/** True for a request in the stateless form of the protocol, whose results name their type. */
export function isModern(params: unknown): boolean {
  const meta = (params as { _meta?: object } | undefined)?._meta;
  return typeof meta === 'object' && meta !== null && Object.hasOwn(meta, MODERN);
}

const HEADS: Readonly<Record<string, string>> = {
  blocked: 'Blocked',
  held: 'Held for a person to decide',
  withheld: 'The tool ran, and its result is withheld',
  failed: 'The tool failed',
  cancelled: 'Cancelled',
  timed_out: 'The tool did not answer in time',
  unrecorded: 'The tool ran, and that could not be recorded',
};

function sentenceOf({ status, reason, reasonCode, reviewId, advice }: ClientRefusal): string {
  const head = HEADS[status] ?? 'Refused';
  const said = `${head}: ${reason} (${reasonCode})`;
  const again = reviewId !== undefined && (status === 'held' || status === 'withheld');
  const told = again ? 'Once it is approved, make the same call again.' : advice?.text;
  return [said, reviewId && `Review: ${reviewId}.`, told].filter(Boolean).join(' ');
}

function wireOf(refusal: ClientRefusal): PlainObject {
  const { status, reason, reasonCode, executed, callId, reviewId, advice } = refusal;
  const { finality, bounds = [], missing = [] } = advice ?? {};
  return {
    ...{ status, reason, reason_code: reasonCode, executed, call_id: callId },
    ...(reviewId === undefined ? {} : { review_id: reviewId }),
    ...(finality === undefined ? {} : { finality }),
    ...(bounds.length === 0 ? {} : { bounds: [...bounds] }),
    ...(missing.length === 0 ? {} : { missing: [...missing] }),
  };
}

/** Answers a call that was not let through: a tool's result for tools, an error for the rest. */
export function refuse(id: MessageId, refusal: ClientRefusal, form: AnswerForm): PlainObject {
  const text = sentenceOf(refusal);
  const wire = wireOf(refusal);
  if (form.operation.kind !== 'tool') {
    return errorOf(id, { code: RPC.refused, message: text, data: { spanforge: wire } });
  }
  const type = form.modern ? { resultType: 'complete' } : {};
  const content = [{ type: 'text', text }];
  return resultOf(id, { ...type, content, isError: true, _meta: { spanforge: wire } });
}

const hidden = ({ error: { code } }: ServerError): RpcError => ({
  code,
  message:
    'The server answered with an error. It is not shown, because results are controlled here.',
});

/**
 * Answers a call that did not complete.
 *
 * @param hidesErrors Whether results are judged here, so that the server's words are not handed on.
 */
export function answerNotCompleted(
  id: MessageId,
  result: NotCompleted,
  form: AnswerForm,
  hidesErrors: boolean,
): PlainObject {
  if (result.status === 'failed') {
    const { error } = result;
    if (error instanceof ServerError)
      return errorOf(id, hidesErrors && error.by === 'server' ? hidden(error) : error.error);
  }
  const { status, reason, reasonCode, executed, callId } = result;
  const reviewId = 'reviewId' in result ? result.reviewId : undefined;
  const advice = 'advice' in result ? result.advice : undefined;
  const why = status === 'failed' ? 'Its error is not shown.' : reason;
  const refusal = {
    ...{ status, reason: why, reasonCode, executed, callId },
    ...(reviewId === undefined ? {} : { reviewId }),
    ...(advice === undefined ? {} : { advice }),
  };
  return refuse(id, refusal, form);
}
