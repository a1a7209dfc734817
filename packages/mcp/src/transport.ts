/** A message that was longer than the transport allows; it was skipped. */
export interface OversizedMessage {
  /** A request or notification has a method; a response has none. */
  readonly kind: 'request' | 'response';
  readonly maxBytes: number;
  /** Absent if the ends of the message do not show it. */
  readonly id?: string | number;
}

/** What a transport calls when something happened. */
interface Handlers {
  /** `extra` is the number of bytes for this package's own transports. */
  message(message: unknown, extra?: unknown): void;
  malformed(): void;
  oversized(message: OversizedMessage): void;
  closed(): void;
  error(error: Error): void;
}

/**
 * One MCP connection, message by message. The transports of the MCP SDKs, 1.x and 2.x, fit as they
 * are; {@link createStdioTransport} and {@link createProcessTransport} are this package's own, leave
 * every message exactly as it was, and can be paused, so that neither side is read faster than the
 * other one takes it.
 */
export interface McpTransport {
  start(): Promise<void>;
  /** Resolves once the message was handed to the system; rejects when it could not be. */
  send(message: Readonly<Record<string, unknown>>): Promise<void>;
  close(): Promise<void>;
  setProtocolVersion?(version: string): void;
  /** Stops reading until `resume`; messages that were read already may still come. */
  pause?(): void;
  resume?(): void;
  /** Bytes that were sent and not taken by the other side yet. */
  readonly pendingBytes?: number;
  onmessage?: Handlers['message'] | undefined;
  /** Called for input that is not a message; the sender gets an error. */
  onmalformed?: Handlers['malformed'] | undefined;
  /** Called for a message that is too long. Without this handler, `onmalformed` is called. */
  onoversized?: Handlers['oversized'] | undefined;
  onclose?: Handlers['closed'] | undefined;
  onerror?: Handlers['error'] | undefined;
}
