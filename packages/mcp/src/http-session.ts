import type { ServerResponse } from 'node:http';
import { McpError } from './error.js';
import { classify, idKey } from './message.js';
import { member, type PlainObject } from './plain.js';
import type { McpTransport } from './transport.js';

/** One session of Streamable HTTP, as a connection. */
export interface HttpSession {
  readonly transport: McpTransport;
  /** Hands on what a client posted; the response stays open until all of it is answered. */
  post(messages: readonly unknown[], response: ServerResponse): void;
  /** Keeps a response open for what the server says of its own accord. */
  listen(response: ServerResponse): void;
}

const MAX_QUEUED = 1000;
const STREAM = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' };

interface Posted {
  readonly response: ServerResponse;
  readonly open: Set<string>;
}

function writeEvent(response: ServerResponse, message: PlainObject): void {
  response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
}

/** Creates a session; `sessionId` is told with each response. */
export function createHttpSession(sessionId: string): HttpSession {
  const posts = new Set<Posted>();
  const queued: PlainObject[] = [];
  let listening: ServerResponse | undefined;
  let closed = false;
  const headers = { ...STREAM, 'mcp-session-id': sessionId };

  function finish(post: Posted, key: string): void {
    post.open.delete(key);
    if (post.open.size > 0) return;
    posts.delete(post);
    post.response.end();
  }

  function say(message: PlainObject): void {
    const any = [...posts].find(({ response }) => response.writable)?.response;
    const stream = any ?? (listening?.writable ? listening : undefined);
    if (stream !== undefined) writeEvent(stream, message);
    else if (queued.length < MAX_QUEUED) queued.push(message);
    else throw new McpError('MCP_MESSAGE_TOO_LARGE', 'nobody listens, and the queue is full');
  }

  const transport: McpTransport = {
    start: async () => undefined,
    async send(message) {
      if (closed) throw new McpError('MCP_SERVER_GONE', 'the session is over');
      const { kind } = classify(message);
      if (kind === 'request' || kind === 'notification') return say(message);
      const key = idKey(member(message, 'id'));
      const post = [...posts].find(({ open }) => open.has(key));
      if (post === undefined) return;
      if (post.response.writable) writeEvent(post.response, message);
      finish(post, key);
    },
    async close() {
      if (closed) return;
      closed = true;
      for (const { response } of posts) response.end();
      listening?.end();
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
    post(messages, response) {
      const read = messages.map(classify);
      const requests = read.flatMap((one) => (one.kind === 'request' ? [idKey(one.id)] : []));
      if (requests.length === 0) response.writeHead(202, { 'mcp-session-id': sessionId }).end();
      else {
        response.writeHead(200, headers).flushHeaders();
        posts.add({ response, open: new Set(requests) });
      }
      stopWaiting(messages);
      for (const message of messages) transport.onmessage?.(message);
    },
    listen(response) {
      listening?.end();
      listening = response;
      response.writeHead(200, headers).flushHeaders();
      for (const message of queued.splice(0)) writeEvent(response, message);
    },
  };
}
