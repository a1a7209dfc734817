import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HttpFault } from './http-fault.js';
import { createHttpSession, type HttpSession } from './http-session.js';
import type { McpProxy, ProxyContext } from './options.js';
import type { McpTransport } from './transport.js';

/** A session that is open, and whose it is. */
export interface OpenSession extends HttpSession {
  readonly proxy: McpProxy;
  readonly owner: string;
  /** Says that the session is used. */
  touch(): void;
}

/** How many sessions there are, and for how long; durations in milliseconds. */
export interface HttpSessionLimits {
  readonly maxSessions: number;
  readonly idleMs: number;
  readonly maxMs: number;
}

/** The open sessions of one HTTP proxy. */
export interface HttpSessions {
  /** Opens a session for a caller. @throws {HttpFault} 503 when there are too many. */
  open(context: ProxyContext): Promise<OpenSession>;
  /**
   * The session a request names, which counts as used. One of another caller is answered like one that
   * does not exist.
   *
   * @throws {HttpFault} 404.
   */
  find(request: IncomingMessage, context: ProxyContext): OpenSession;
  /** Ends all sessions, and waits until their calls are on record. */
  close(): Promise<void>;
}

/** Who a caller is and what they may do, without what tells requests of one caller apart. */
function ownerOf(context: ProxyContext): string {
  const { tenant, project, env, agent, actor, actorRoles, agentCapabilities } = context;
  const granted = [actorRoles, agentCapabilities].map((names) => names && [...names].sort());
  return JSON.stringify([tenant, project, env, agent, actor, ...granted]);
}

/** Ends a session that nobody uses, and any session when its time is up. */
function createExpiry(session: HttpSession, proxy: McpProxy, { idleMs, maxMs }: HttpSessionLimits) {
  const end = (): void => void proxy.close();
  const onIdle = (): void => {
    if (session.isOpen()) idle.refresh();
    else end();
  };
  const idle = setTimeout(onIdle, idleMs);
  const max = setTimeout(end, maxMs);
  for (const timer of [idle, max]) timer.unref();
  return {
    touch: () => void idle.refresh(),
    stop() {
      clearTimeout(idle);
      clearTimeout(max);
    },
  };
}

/** Creates the sessions; `makeProxy` makes the proxy of each, which is started and closed here. */
export function createHttpSessions(
  makeProxy: (session: {
    readonly client: McpTransport;
    readonly context: ProxyContext;
  }) => McpProxy | Promise<McpProxy>,
  limits: HttpSessionLimits,
): HttpSessions {
  const sessions = new Map<string, OpenSession>();
  let opening = 0;
  return {
    async open(context) {
      const isFull = sessions.size + opening >= limits.maxSessions;
      if (isFull) throw new HttpFault(503, 'too many sessions');
      opening += 1;
      try {
        const id = randomUUID();
        const session = createHttpSession(id);
        const proxy = await makeProxy({ client: session.transport, context });
        await proxy.start();
        const expiry = createExpiry(session, proxy, limits);
        const opened = { ...session, proxy, owner: ownerOf(context), touch: expiry.touch };
        sessions.set(id, opened);
        proxy.closed.then(() => {
          expiry.stop();
          sessions.delete(id);
        });
        return opened;
      } finally {
        opening -= 1;
      }
    },
    find({ headers }, context) {
      const session = sessions.get(String(headers['mcp-session-id'] ?? ''));
      if (session?.owner !== ownerOf(context)) {
        throw new HttpFault(404, 'no such session; start one with initialize');
      }
      session.touch();
      return session;
    },
    async close() {
      await Promise.all([...sessions.values()].map(({ proxy }) => proxy.close()));
    },
  };
}
