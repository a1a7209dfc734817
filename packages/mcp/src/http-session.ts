import type { ServerResponse } from 'node:http';
import { McpError } from './error.js';
import { classify, idKey } from './message.js';
import { member, type PlainObject } from './plain.js';
import type { McpTransport } from './transport.js';

/** One session of Streamable HTTP, as a connection. */
export interface HttpSession {
  readonly transport: McpTransport;
  /** True while a response is open: somebody waits for an answer, or listens. */
  isOpen(): boolean;
  /**
   * Handles a message that a client posted. The response stays open until every request in it is
   * answered.
   */
  post(messages: readonly unknown[], response: ServerResponse, bytes: number): void;
  /** Keeps a response open for messages that the server sends on its own. */
  listen(response: ServerResponse): void;
}

const MAX_QUEUED = 1000;
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;
const STREAM = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' };

interface Posted {
  readonly response: ServerResponse;
  readonly open: Set<string>;
}

/** Resolves once the system took it, or the connection is gone. */
function writeEvent(response: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => {
    response.write(`event: message\ndata: ${text}\n\n`, () => resolve());
  });
}

/** Messages that a server sends on its own: to any open response, else to one that listens, else later. */
interface Unasked {
  /** @throws {McpError} `MCP_MESSAGE_TOO_LARGE` when nobody listens and the queue is full. */
  send(message: PlainObject, open: ServerResponse | undefined): Promise<void>;
  listen(response: ServerResponse): void;
  readonly isOpen: boolean;
  readonly pendingBytes: number;
  end(): void;
}

function createUnasked(headers: Readonly<Record<string, string>>): Unasked {
  const queued: string[] = [];
  let queuedBytes = 0;
  let listening: ServerResponse | undefined;
  return {
    async send(message, open) {
      const stream = open ?? (listening?.writable ? listening : undefined);
      const text = JSON.stringify(message);
      if (stream !== undefined) return writeEvent(stream, text);
      if (queued.length >= MAX_QUEUED || queuedBytes + text.length > MAX_QUEUED_BYTES) {
        throw new McpError(
          'MCP_MESSAGE_TOO_LARGE',
          'the client is not listening and its queue is full',
        );
      }
      queued.push(text);
      queuedBytes += text.length;
    },
    listen(response) {
      listening?.end();
      listening = response;
      response.writeHead(200, headers).flushHeaders();
      for (const text of queued.splice(0)) void writeEvent(response, text);
      queuedBytes = 0;
    },
    get isOpen() {
      return listening?.writable === true;
    },
    get pendingBytes() {
      return listening?.writableLength ?? 0;
    },
    end() {
      listening?.end();
    },
  };
}

/** Creates a session; `sessionId` is told with each response. */
export function createHttpSession(sessionId: string): HttpSession {
  const posts = new Set<Posted>();
  let closed = false;
  const headers = { ...STREAM, 'mcp-session-id': sessionId };
  const unasked = createUnasked(headers);

  function finish(post: Posted, key: string): void {
    post.open.delete(key);
    if (post.open.size > 0) return;
    posts.delete(post);
    post.response.end();
  }

  const transport: McpTransport = {
    start: async () => undefined,
    async send(message) {
      if (closed) throw new McpError('MCP_SERVER_GONE', 'the session has ended');
      const { kind } = classify(message);
      if (kind === 'request' || kind === 'notification') {
        const open = [...posts].find(({ response }) => response.writable)?.response;
        return unasked.send(message, open);
      }
      const key = idKey(member(message, 'id'));
      const post = [...posts].find(({ open }) => open.has(key));
      if (post === undefined) return;
      const { response } = post;
      const written = response.writable ? writeEvent(response, JSON.stringify(message)) : undefined;
      finish(post, key);
      await written;
    },
    get pendingBytes() {
      const responses = [...posts].map(({ response }) => response.writableLength);
      return responses.reduce((sum, one) => sum + one, unasked.pendingBytes);
    },
    async close() {
      if (closed) return;
      closed = true;
      for (const { response } of posts) response.end();
      unasked.end();
      transport.onclose?.();
    },
  };

  /** A request that was cancelled gets no answer. */
  function stopWaiting(messages: readonly unknown[]): void {
    for (const message of messages) {
      if (member(message, 'method') !== 'notifications/cancelled') continue;
      const key = idKey(member(member(message, 'params'), 'requestId'));
      for (const post of [...posts]) if (post.open.has(key)) finish(post, key);
    }
  }

  return {
    transport,
    isOpen: () => posts.size > 0 || unasked.isOpen,
    post(messages, response, bytes) {
      const read = messages.map(classify);
      const requests = read.flatMap((one) => (one.kind === 'request' ? [idKey(one.id)] : []));
      if (requests.length === 0) response.writeHead(202, { 'mcp-session-id': sessionId }).end();
      else {
        response.writeHead(200, headers).flushHeaders();
        const posted = { response, open: new Set(requests) };
        posts.add(posted);
        // A client that went away waits for nothing.
        response.on('close', () => posts.delete(posted));
      }
      stopWaiting(messages);
      const each = Math.ceil(bytes / messages.length);
      for (const message of messages) transport.onmessage?.(message, each);
    },
    listen: unasked.listen,
  };
}
