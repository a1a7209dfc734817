import { randomUUID } from 'node:crypto';
import { ServerError } from './answers.js';
import { createCatalogue, type ToolState } from './catalogue.js';
import { createAskPerson } from './client-side.js';
import { McpError } from './error.js';
import { createFromClient } from './from-client.js';
import { createFromServer } from './from-server.js';
import { createGovernRequests, type GovernRequests } from './govern-requests.js';
import type { ClientState, Link } from './link.js';
import { errorOf, RPC } from './message.js';
import type { McpProxy, ProxyOptions } from './options.js';
import { createOutstanding } from './outstanding.js';
import { createPins, type Pins } from './pins.js';
import { member } from './plain.js';
import { SOURCE } from './version.js';

type Ended = 'client' | 'server' | 'host';

const REFUSED: readonly ToolState[] = ['unknown', 'gone', 'unchecked'];
const UNPINNED: readonly ToolState[] = ['changed', 'new'];
const GONE = new ServerError({ code: RPC.unavailable, message: 'the server is gone' });

function checkOptions({ approver, context, maxPending }: ProxyOptions): void {
  const invalid = (path: string, expected: string): never => {
    throw new McpError('MCP_OPTIONS_INVALID', `${path}: expected ${expected}`, {
      details: { path: `$.${path}` },
    });
  };
  if (approver === '' || approver === context.agent || approver === context.actor) {
    invalid('approver', 'somebody who is neither the agent nor the actor');
  }
  if (maxPending !== undefined && !(Number.isSafeInteger(maxPending) && maxPending > 0)) {
    invalid('maxPending', 'a whole number above 0');
  }
}

function pinsOf(options: ProxyOptions): Pins | undefined {
  const { pins, governor, context, serverName = 'mcp' } = options;
  if (pins === false) return undefined;
  if (pins !== undefined) return pins;
  const { tenant, project, env, run, traceId, agent, actor } = context;
  const where = { tenant, project, env, run, traceId, agent, actor, source: SOURCE };
  const blockChanged = options.unpinned !== 'record';
  return createPins({ log: governor.log, server: serverName, context: where, blockChanged });
}

/** What joins the two directions, and how long that takes to come to rest. */
function openLink(options: ProxyOptions): {
  readonly link: Link;
  readonly rest: () => Promise<void>;
} {
  const { client, server, maxPending = 1024, visible, approver, unpinned } = options;
  const session = randomUUID();
  let counter = 0;
  const newId = (): string => `spanforge-${session}-${counter++}`;
  const [toServer, toClient] = [createOutstanding(server), createOutstanding(client)];
  const state: ClientState = { capabilities: undefined, envelope: {} };
  const work = new Set<Promise<void>>();
  const report = (error: unknown): void => options.onError?.(error);
  const refused = new Set(unpinned === 'record' ? REFUSED : [...REFUSED, ...UNPINNED]);
  const catalogue = createCatalogue({
    pins: pinsOf(options),
    hidden: refused,
    visible,
    async listPage(cursor) {
      const params = { ...state.envelope, ...(typeof cursor === 'string' ? { cursor } : {}) };
      const request = { jsonrpc: '2.0', id: newId(), method: 'tools/list', params };
      return member(await toServer.ask(request), 'result');
    },
    register: ({ name }) => governed.register(name),
    onError: report,
  });
  const askPerson =
    approver === undefined ? undefined : createAskPerson(toClient, () => state.capabilities, newId);
  const parts = { options, session, server: toServer, catalogue, refused, askPerson };
  const governed: GovernRequests = createGovernRequests(parts);
  const link: Link = {
    client,
    server,
    toServer,
    toClient,
    catalogue,
    governed,
    state,
    running: new Map(),
    maxPending,
    report,
    reply(message) {
      // `send` may throw at once: a message that is nested too deeply cannot be written.
      new Promise((resolve) => resolve(client.send(message))).catch(report);
    },
    during(task) {
      const one = task.catch(report).finally(() => work.delete(one));
      work.add(one);
    },
  };
  const rest = async (): Promise<void> => {
    while (work.size > 0) await Promise.all(work);
  };
  return { link, rest };
}

/**
 * Creates a proxy that governs everything a client asks of a server: calls of tools, reading and
 * subscribing to resources, getting prompts. Everything else passes as it is, both ways.
 *
 * A call runs only after its decision is durable, and its result is handed on only after its ending
 * is; see `createGovernor` of `@spanforge/govern`. A refusal is a result with `isError` for a tool,
 * and an error for a resource or a prompt.
 *
 * @throws {McpError} `MCP_OPTIONS_INVALID`.
 * @throws {GovernError} `GOVERN_OPTIONS_INVALID`.
 */
export function createMcpProxy(options: ProxyOptions): McpProxy {
  checkOptions(options);
  const { link, rest } = openLink(options);
  const { client, server, toServer, toClient, running, reply, report } = link;
  const [fromClient, fromServer] = [createFromClient(link), createFromServer(link)];
  let over = false;
  let end: (by: Ended) => void = () => undefined;
  const closed = new Promise<Ended>((resolve) => {
    end = resolve;
  });

  async function finish(by: Ended): Promise<void> {
    if (over) return;
    over = true;
    const gone = new McpError('MCP_SERVER_GONE', 'the connection is closed');
    if (by !== 'server') for (const controller of running.values()) controller.abort(gone);
    toServer.failAll(GONE);
    toClient.failAll(gone);
    await rest();
    await Promise.allSettled([client.close(), server.close()]);
    end(by);
  }

  client.onmessage = (message) => {
    if (!over) fromClient(message);
  };
  client.onmalformed = () => reply(errorOf(null, { code: RPC.parse, message: 'not JSON' }));
  client.onclose = () => void finish('client');
  client.onerror = report;
  server.onmessage = fromServer;
  server.onclose = () => void finish('server');
  server.onerror = report;

  return {
    closed,
    async start() {
      try {
        await server.start();
        await client.start();
      } catch (error) {
        await finish('host');
        throw error;
      }
    },
    async close() {
      await finish('host');
      await closed;
    },
  };
}
