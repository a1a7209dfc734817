import type { Catalogue } from './catalogue.js';
import type { GovernRequests } from './govern-requests.js';
import type { Outstanding } from './outstanding.js';
import type { PlainObject } from './plain.js';
import type { McpTransport } from './transport.js';

/** What a client has said of itself, as far as the proxy has to know. */
export interface ClientState {
  /** From `initialize`. */
  capabilities: unknown;
  /** What it sends along with every request, for requests the proxy makes itself. */
  envelope: PlainObject;
}

/** What both directions of one connection share. */
export interface Link {
  readonly client: McpTransport;
  readonly server: McpTransport;
  /** What the server was asked. */
  readonly toServer: Outstanding;
  /** What the client was asked. */
  readonly toClient: Outstanding;
  readonly catalogue: Catalogue;
  readonly governed: GovernRequests;
  readonly state: ClientState;
  /** Calls under way, by the id of their request. */
  readonly running: Map<string, AbortController>;
  readonly maxPending: number;
  /** Sends to the client what cannot be sent to anybody else. */
  readonly reply: (message: PlainObject) => void;
  /** Keeps the connection open until this is done. */
  readonly during: (task: Promise<void>) => void;
  readonly report: (error: unknown) => void;
}
