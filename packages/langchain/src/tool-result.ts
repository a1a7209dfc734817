import { ToolMessage } from '@langchain/core/messages';
import type { GovernedResult } from '@spanforge/govern';

type Released = Extract<GovernedResult<unknown>, { readonly status: 'completed' }>;

/** A tool's answer, split for the controls, which see only plain data. */
export interface TakenResult {
  readonly value: unknown;
  /** Set when the tool answered with a message of its own. */
  readonly message?: ToolMessage;
}

export function isAsyncGenerator(value: unknown): value is AsyncGenerator {
  return (
    typeof value === 'object' &&
    value !== null &&
    Symbol.asyncIterator in value &&
    typeof (value as AsyncGenerator).next === 'function' &&
    typeof (value as AsyncGenerator).throw === 'function'
  );
}

/** Runs a generator tool to its end. What it returns is the result, what it yields are events. */
export async function drainEvents(
  generator: AsyncGenerator,
  signal: AbortSignal,
  onEvent: ((event: unknown) => unknown) | undefined,
): Promise<unknown> {
  for (;;) {
    if (signal.aborted) {
      await generator.return(undefined);
      throw signal.reason;
    }
    const { done, value } = await generator.next();
    if (done) return value;
    await onEvent?.(value);
  }
}

/** The content of a message, and its artifact if it has one. */
export function takeResult(value: unknown): TakenResult {
  if (!ToolMessage.isInstance(value)) return { value };
  const { content, artifact } = value;
  return { value: artifact === undefined ? content : [content, artifact], message: value };
}

function isRedacted({ obligations }: Released): boolean {
  return obligations.some((one) => one.kind === 'redact' && one.target === 'result');
}

/** A message with redacted content loses every other member that could repeat it. */
function rebuild(message: ToolMessage, value: unknown): ToolMessage {
  const parts = message.artifact !== undefined && Array.isArray(value) ? value : [value];
  const [content, artifact] = parts;
  const { tool_call_id, name, status } = message;
  return new ToolMessage({
    content:
      typeof content === 'string' || Array.isArray(content) ? content : JSON.stringify(content),
    artifact,
    tool_call_id,
    ...(name === undefined ? {} : { name }),
    ...(status === undefined ? {} : { status }),
  });
}

/** Puts a released result back into the form its tool is expected to answer in. */
export function giveResult(
  released: Released,
  taken: TakenResult | undefined,
  format: string | undefined,
): unknown {
  const { value } = released;
  const message = taken?.message;
  const answer = message ? (isRedacted(released) ? rebuild(message, value) : message) : value;
  if (format !== 'content_and_artifact') return answer;
  return Array.isArray(answer) && answer.length === 2 ? answer : [answer, undefined];
}
