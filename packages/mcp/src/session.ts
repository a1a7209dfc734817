import type { Catalogue } from './catalogue.js';
import type { FlowControl, TrackedSender } from './flow-control.js';
import type { GovernRequests } from './govern-requests.js';
import type { Outstanding } from './outstanding.js';
import type { PlainObject } from './plain.js';

/** What the proxy has to know about the client. */
export interface ClientState {
  /** From `initialize`. */
  capabilities: unknown;
  /** What it sends along with every request, for requests the proxy makes itself. */
  envelope: PlainObject;
}

/** What both directions of one connection share. */
export interface Session {
  readonly client: TrackedSender;
  readonly server: TrackedSender;
  readonly setProtocolVersion: ((version: string) => void) | undefined;
  readonly flow: FlowControl;
  /** Requests the server was sent. */
  readonly toServer: Outstanding;
  /** Requests the client was sent. */
  readonly toClient: Outstanding;
  readonly catalogue: Catalogue;
  readonly governed: GovernRequests;
  readonly state: ClientState;
  /** Governed requests in flight, by the id of their message. */
  readonly running: Map<string, AbortController>;
  readonly maxPending: number;
  readonly maxPendingBytes: number;
  /** Sends a message to the client; a failure is reported. */
  readonly reply: (message: PlainObject) => void;
  /** Keeps the connection open until this is done. */
  readonly during: (task: Promise<void>) => void;
  readonly report: (error: unknown) => void;
}
