import { randomUUID } from 'node:crypto';
import { checkCaller } from '@spanforge/govern/adapters';
import { ServerError } from './answers.js';
import { createCatalogue, type ToolState } from './catalogue.js';
import { createAskPerson } from './client-side.js';
import { McpError } from './error.js';
import { createFlowControl } from './flow-control.js';
import { createFromClient } from './from-client.js';
import { createFromServer } from './from-server.js';
import { createGovernRequests, type GovernRequests } from './govern-requests.js';
import { errorOf, RPC } from './message.js';
import type { McpProxy, ProxyOptions } from './options.js';
import { createOutstanding } from './outstanding.js';
import { createPins, type Pins } from './pins.js';
import { member } from './plain.js';
import type { ClientState, Session } from './session.js';
import type { OversizedMessage } from './transport.js';
import { SOURCE } from './version.js';

type Ended = 'client' | 'server' | 'host';

const REFUSED: readonly ToolState[] = ['unknown', 'gone', 'unchecked'];
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
const UNPINNED: readonly ToolState[] = ['changed', 'new'];
const GONE = new ServerError({ code: RPC.unavailable, message: 'the server has ended' }, 'proxy');

function checkOptions({ approver, context, maxPending, maxPendingBytes }: ProxyOptions): void {
  checkCaller(context);
  const throwInvalid = (path: string, expected: string): never => {
    throw new McpError('MCP_OPTIONS_INVALID', `${path}: expected ${expected}`, {
      details: { path: `$.${path}` },
    });
  };
  if (approver === '' || approver === context.agent || approver === context.actor) {
    throwInvalid('approver', 'a person who is neither the agent nor the actor');
  }
  for (const [path, value] of Object.entries({ maxPending, maxPendingBytes })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      throwInvalid(path, 'a positive integer');
    }
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

/** Opens what both directions share; `rest` waits until nothing is in progress. */
function openSession(options: ProxyOptions): {
  readonly session: Session;
  readonly rest: () => Promise<void>;
} {
  const { client, server, visible, approver, unpinned } = options;
  const { maxPending = 1024, maxPendingBytes = MAX_PENDING_BYTES } = options;
  const flow = createFlowControl(client, server);
  const sessionId = randomUUID();
  let counter = 0;
  const newId = (): string => `spanforge-${sessionId}-${counter++}`;
  const [toServer, toClient] = [createOutstanding(flow.toServer), createOutstanding(flow.toClient)];
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
    onTools: options.onTools,
    onError: report,
  });
  const askPerson =
    approver === undefined ? undefined : createAskPerson(toClient, () => state.capabilities, newId);
  const parts = { options, sessionId, server: toServer, catalogue, refused, askPerson };
  const governed: GovernRequests = createGovernRequests(parts);
  const session: Session = {
    client: flow.toClient,
    server: flow.toServer,
    setProtocolVersion: server.setProtocolVersion?.bind(server),
    flow,
    toServer,
    toClient,
    catalogue,
    governed,
    state,
    running: new Map(),
    maxPending,
    maxPendingBytes,
    report,
    reply(message) {
      // `send` may throw at once: a message that is nested too deeply cannot be written.
      new Promise((resolve) => resolve(flow.toClient.send(message))).catch(report);
    },
    during(task) {
      const one = task.catch(report).finally(() => work.delete(one));
      work.add(one);
    },
  };
  const rest = async (): Promise<void> => {
    while (work.size > 0) await Promise.all(work);
  };
  return { session, rest };
}

function tooLarge(code: number, what: string, maxBytes: number) {
  const message = `the ${what} is longer than ${maxBytes} bytes and was not forwarded`;
  return { code, message, data: { max_bytes: maxBytes } };
}

/**
 * Ends the request whose response was too long, so that it is answered and recorded as failed. If
 * the request is unknown, ends all waiting requests, so that none waits for ever.
 */
function failOversized({ toServer }: Session, { kind, id, maxBytes }: OversizedMessage): void {
  if (kind === 'request') return;
  const cause = new ServerError(tooLarge(RPC.internal, 'result', maxBytes), 'proxy');
  if (id === undefined) toServer.failAll(cause);
  else toServer.fail(id, cause);
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
 * @throws {GovernError} `GOVERN_OPTIONS_INVALID`, `GOVERN_CONTEXT_INVALID`.
 */
export function createMcpProxy(options: ProxyOptions): McpProxy {
  checkOptions(options);
  const { client, server } = options;
  const { session, rest } = openSession(options);
  const { toServer, toClient, running, reply, report } = session;
  const [fromClient, fromServer] = [createFromClient(session), createFromServer(session)];
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
    // Messages of a server that is being ended are ignored.
    server.onmessage = undefined;
    await Promise.allSettled([client.close(), server.close()]);
    end(by);
  }

  client.onmessage = (message, bytes) => {
    if (!over) fromClient(message, bytes);
  };
  client.onmalformed = () => reply(errorOf(null, { code: RPC.parse, message: 'not JSON' }));
  client.onoversized = ({ id = null, maxBytes }) =>
    reply(errorOf(id, tooLarge(RPC.parse, 'message', maxBytes)));
  client.onclose = () => void finish('client');
  client.onerror = report;
  server.onmessage = (message) => fromServer(message);
  server.onoversized = (message) => failOversized(session, message);
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
