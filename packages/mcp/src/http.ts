import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { McpError } from './error.js';
import { HttpFault } from './http-fault.js';
import { createHttpSessions } from './http-sessions.js';
import { classify, errorOf, RPC } from './message.js';
import type { McpProxy, ProxyContext } from './options.js';
import { member } from './plain.js';
import type { McpTransport } from './transport.js';

/** How sessions of Streamable HTTP are made and who may have one. */
export interface HttpProxyOptions {
  /**
   * Who calls, from a verified token; `undefined` answers 401. Asked for every request: a session
   * belongs to the tenant, project, environment, agent and actor it was opened by, with the roles and
   * capabilities they had: a caller whose roles changed starts another one.
   */
  readonly authenticate: (headers: IncomingHttpHeaders) => Promise<ProxyContext | undefined>;
  /** Makes the proxy of one session; it is started and closed here. */
  readonly open: (session: {
    readonly client: McpTransport;
    readonly context: ProxyContext;
  }) => McpProxy | Promise<McpProxy>;
  /** Values of the `Host` header that are answered, such as `127.0.0.1:8080`; all when absent. */
  readonly allowedHosts?: readonly string[];
  /** Values of the `Origin` header that are answered; none when absent. */
  readonly allowedOrigins?: readonly string[];
  /** 16777216 when absent. */
  readonly maxMessageBytes?: number;
  /** The only path that is answered; `/mcp` when absent. */
  readonly path?: string;
  /** How long a session is kept without a request or an open response; 30 minutes when absent, below 2^31 ms. */
  readonly sessionIdleMs?: number;
  /** How long a session is kept at most; 24 hours when absent, below 2^31 ms. */
  readonly sessionMaxMs?: number;
  /** Sessions at a time; 100 when absent. */
  readonly maxSessions?: number;
  /** Called for errors. */
  readonly onError?: (error: unknown) => void;
}

/** Streamable HTTP in front of a proxy per session. */
export interface HttpProxy {
  /** Answers one request; for `createServer` of `node:http`. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Ends all sessions, and waits until their calls are on record. */
  close(): Promise<void>;
}

const IDLE_MS = 30 * 60_000;
const DAY_MS = 86_400_000;

const MAX_TIMER_MS = 2_147_483_647;

/** A timer reads a length that is none, or too long, as one millisecond. */
function checkLimits({
  sessionIdleMs,
  sessionMaxMs,
  maxSessions,
  maxMessageBytes,
}: HttpProxyOptions) {
  const limits = { sessionIdleMs, sessionMaxMs, maxSessions, maxMessageBytes };
  for (const [path, value] of Object.entries(limits)) {
    const max = path.endsWith('Ms') ? MAX_TIMER_MS : Number.MAX_SAFE_INTEGER;
    if (value === undefined || (Number.isSafeInteger(value) && value > 0 && value <= max)) continue;
    const most = path.endsWith('Ms') ? ' below 2^31' : '';
    throw new McpError('MCP_OPTIONS_INVALID', `${path}: expected a positive integer${most}`, {
      details: { path: `$.${path}` },
    });
  }
}

interface Body {
  readonly messages: readonly unknown[];
  readonly bytes: number;
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new HttpFault(415, 'expected application/json');
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > maxBytes) throw new HttpFault(413, 'the message is too large');
    chunks.push(chunk as Buffer);
  }
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    value = JSON.parse(text);
  } catch {
    throw new HttpFault(400, 'not JSON', RPC.parse);
  }
  const messages = Array.isArray(value) ? value : [value];
  const known = messages.every((one) => classify(one).kind !== 'invalid');
  if (messages.length === 0 || !known) throw new HttpFault(400, 'invalid JSON-RPC message');
  return { messages, bytes: size };
}

function pathOf({ url = '' }: IncomingMessage): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

/** The protocol revisions that are served; the oldest had no such header, but clients that spoke it send one. */
const REVISIONS: ReadonlySet<string> = new Set([
  '2024-11-05',
  '2025-03-26',
  '2025-06-18',
  '2025-11-25',
]);

/** @throws {HttpFault} 400, as the protocol asks for, where a client speaks a revision that is not served. */
function checkRevision({ headers }: IncomingMessage): void {
  const revision = headers['mcp-protocol-version'];
  if (revision === undefined || (typeof revision === 'string' && REVISIONS.has(revision))) return;
  const served = [...REVISIONS].join(', ');
  throw new HttpFault(400, `this MCP-Protocol-Version is not served here, only ${served}`);
}

function checkOrigin(
  { allowedHosts, allowedOrigins = [] }: HttpProxyOptions,
  { headers }: IncomingMessage,
): void {
  const { host = '', origin } = headers;
  if (allowedHosts !== undefined && !allowedHosts.includes(host)) {
    throw new HttpFault(403, 'this host is not served here');
  }
  if (origin !== undefined && !allowedOrigins.includes(origin)) {
    throw new HttpFault(403, 'this origin is not served here');
  }
}

function writeFault(
  response: ServerResponse,
  error: unknown,
  onError: HttpProxyOptions['onError'],
): void {
  const fault =
    error instanceof HttpFault ? error : new HttpFault(500, 'internal error', RPC.internal);
  if (fault.status === 500) onError?.(error);
  if (response.headersSent) {
    response.end();
    return;
  }
  const { status, message, code } = fault;
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  if (status === 413) headers.connection = 'close';
  response.writeHead(status, headers).end(JSON.stringify(errorOf(null, { code, message })));
}

/**
 * Creates the answers of Streamable HTTP (protocol revisions 2025-03-26 to 2025-11-25).
 *
 * @throws {McpError} `MCP_OPTIONS_INVALID`.
 */
export function createHttpProxy(options: HttpProxyOptions): HttpProxy {
  checkLimits(options);
  const { authenticate, maxMessageBytes = 16_777_216 } = options;
  const { maxSessions = 100, path = '/mcp' } = options;
  const { sessionIdleMs: idleMs = IDLE_MS, sessionMaxMs: maxMs = DAY_MS } = options;
  const sessions = createHttpSessions(options.open, { maxSessions, idleMs, maxMs });

  async function post(
    request: IncomingMessage,
    response: ServerResponse,
    context: ProxyContext,
  ): Promise<void> {
    const { messages, bytes } = await readBody(request, maxMessageBytes);
    const begins = messages.some((one) => member(one, 'method') === 'initialize');
    const named = request.headers['mcp-session-id'] !== undefined;
    if (!named && !begins) throw new HttpFault(400, 'a session starts with initialize');
    const session = named ? sessions.find(request, context) : await sessions.open(context);
    session.post(messages, response, bytes);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (pathOf(request) !== path) throw new HttpFault(404, `only ${path} is served here`);
    checkOrigin(options, request);
    const context = await authenticate(request.headers);
    if (context === undefined) throw new HttpFault(401, 'a valid token is required');
    checkRevision(request);
    switch (request.method) {
      case 'POST':
        return post(request, response, context);
      case 'GET':
        return sessions.find(request, context).listen(response);
      case 'DELETE': {
        await sessions.find(request, context).proxy.close();
        response.writeHead(200).end();
        return;
      }
      default:
        throw new HttpFault(405, 'expected POST, GET or DELETE');
    }
  }

  return {
    handle: (request, response) =>
      answer(request, response).catch((error: unknown) => {
        writeFault(response, error, options.onError);
      }),
    close: sessions.close,
  };
}
