// The parts of the SDK that are used, by shape; versions 6 and 7 have them.

/** What the SDK tells a tool about one call of it. */
export interface CallOptions {
  readonly toolCallId: string;
  readonly messages?: readonly unknown[];
  readonly abortSignal?: AbortSignal;
  /** Version 6. */
  readonly experimental_context?: unknown;
  /** Version 7. */
  readonly context?: unknown;
}

/** A tool as the SDK takes it. */
export interface AiSdkTool {
  readonly type?: string;
  readonly description?: unknown;
  readonly inputSchema?: unknown;
  readonly execute?: (input: unknown, options: CallOptions) => unknown;
  readonly needsApproval?: unknown;
  readonly onInputAvailable?: (options: CallOptions & { readonly input: unknown }) => unknown;
}

interface Part {
  readonly type?: unknown;
  readonly approvalId?: unknown;
  readonly toolCallId?: unknown;
  readonly approved?: unknown;
  readonly reason?: unknown;
}

/** The parts of messages of one role, those of plain text left out. */
export function partsOf(messages: readonly unknown[], role: string): readonly Part[] {
  return messages.flatMap((message) => {
    if (typeof message !== 'object' || message === null) return [];
    const { role: of, content } = message as {
      readonly role?: unknown;
      readonly content?: unknown;
    };
    if (of !== role || !Array.isArray(content)) return [];
    return content.filter((part): part is Part => typeof part === 'object' && part !== null);
  });
}

/** True when messages ask a person about this call; the SDK then returns with the answer. */
export function isAsked(messages: readonly unknown[], toolCallId: string): boolean {
  return partsOf(messages, 'assistant').some(
    (part) => part.type === 'tool-approval-request' && part.toolCallId === toolCallId,
  );
}

/** True for the answer of a streaming tool. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** True for an async generator function, which answers with a stream of results. */
export function isStreaming(execute: unknown): boolean {
  const tag = Object.prototype.toString.call(execute);
  return tag === '[object AsyncGeneratorFunction]';
}
