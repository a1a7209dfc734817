import type { CallContext, GovernorParts, ToolOptions } from '@spanforge/govern';
import type { ToolDefinition } from './definition.js';
import type { Pins } from './pins.js';
import type { McpTransport } from './transport.js';

/** The context of calls: from the host or a verified token, never from a message. */
export type ProxyContext = Omit<CallContext, 'callId' | 'reviewId' | 'signal' | 'policyContext'>;

/** How a tool, `resource:read`, `resource:subscribe` or `prompt:get` is governed. */
export type ProxiedToolOptions = Omit<
  ToolOptions<Readonly<Record<string, unknown>>>,
  'name' | 'stream'
>;

/** A finished governed call, as {@link ProxyOptions.onCall} gets it. */
export interface ProxiedCall {
  readonly callId: string;
  readonly tool: string;
  readonly args: unknown;
  readonly status: string;
  readonly reasonCode: string;
  /** The result says of itself that the tool failed. */
  readonly toolError?: true;
  /** What rules saw of the result, where there is one. */
  readonly result?: unknown;
}

/** What a proxy is made of. */
export interface ProxyOptions {
  /** The controls and the evidence log; see `createGovernor` of `@spanforge/govern`. */
  readonly governor: GovernorParts;
  readonly context: ProxyContext;
  /** The connection to the MCP client. */
  readonly client: McpTransport;
  /** The connection to the MCP server. */
  readonly server: McpTransport;
  /** Name of the server; rules see it as `context.server`. Default `mcp`. */
  readonly serverName?: string;
  /**
   * What the definitions of tools are compared with; `createPins` over the same log when absent,
   * `false` to compare with nothing.
   */
  readonly pins?: Pins | false;
  /**
   * What to do with a tool whose definition is not the pinned one: `block` hides it and refuses its
   * calls; `record` leaves that to the policy, which sees `context.tool_pin`. Default `block`.
   */
  readonly unpinned?: 'block' | 'record';
  /** False for a tool that is not to be listed, for example because it would always be refused. */
  readonly visible?: (tool: ToolDefinition) => boolean | Promise<boolean>;
  /** Called with the names of all tools each time the server has listed them. */
  readonly onTools?: (names: readonly string[]) => void;
  /** How a call is governed, by its name. A server's own annotations are ignored. */
  readonly tool?: (name: string) => ProxiedToolOptions | undefined;
  /**
   * The person at the client. A held call is put to that person through elicitation, if the client
   * supports it. Only for clients that show the form to a person. Must be neither the agent nor the
   * actor.
   */
  readonly approver?: string;
  /** Requests that may be in progress at once; 1024 when absent. More are answered with an error. */
  readonly maxPending?: number;
  /** Bytes of such requests together; 67108864 when absent. More are answered with an error. */
  readonly maxPendingBytes?: number;
  /** Called with each governed call after it ended. */
  readonly onCall?: (call: ProxiedCall) => void;
  /** Called for errors outside calls: invalid messages, a broken connection. */
  readonly onError?: (error: unknown) => void;
}

/** A proxy between one client and one server. */
export interface McpProxy {
  /** Opens both connections; rejects when one cannot be opened, with the other one closed. */
  start(): Promise<void>;
  /**
   * Cancels calls in progress, waits until their ends are recorded, and closes both connections.
   */
  close(): Promise<void>;
  /** Resolves when the proxy has ended, and says which side ended it. */
  readonly closed: Promise<'client' | 'server' | 'host'>;
}
