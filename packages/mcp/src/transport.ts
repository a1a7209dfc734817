/** What a transport calls when something happened. */
interface Handlers {
  message(message: unknown): void;
  malformed(): void;
  closed(): void;
  error(error: Error): void;
}

/**
 * One MCP connection, message by message. The transports of the MCP SDKs, 1.x and 2.x, fit as they
 * are; {@link createStdioTransport} and {@link createProcessTransport} are this package's own, and
 * leave every message exactly as it was.
 */
export interface McpTransport {
  start(): Promise<void>;
  /** Rejects when the message could not be handed on. */
  send(message: Readonly<Record<string, unknown>>): Promise<void>;
  close(): Promise<void>;
  setProtocolVersion?(version: string): void;
  onmessage?: Handlers['message'] | undefined;
  /** Something came that is no message; whoever sent it is told. */
  onmalformed?: Handlers['malformed'] | undefined;
  onclose?: Handlers['closed'] | undefined;
  onerror?: Handlers['error'] | undefined;
}
