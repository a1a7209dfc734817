import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { EvidenceLog } from '@spanforge/core-events/log';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpProxy, type HttpProxy } from './http.js';
import { createMcpProxy } from './proxy.js';
import { CONTEXT, control, decide, openLog, SERVERS, serverTransport } from './testing/fixtures.js';

const TOKENS: Readonly<Record<string, string>> = { 'Bearer a': 'alice', 'Bearer e': 'eve' };
/** What tokens say of roles; changed by tests. */
const roles = new Map<string, readonly string[]>();

let log: EvidenceLog;
let http: HttpProxy;
let server: Server;
let url: URL;

beforeEach(async () => {
  log = await openLog();
  const scope = control(({ tool, context }) =>
    decide(tool === 'get-sum' || context.actor === 'eve' ? 'block' : 'allow'),
  );
  http = createHttpProxy({
    authenticate: async ({ authorization = '' }) => {
      const actor = TOKENS[authorization];
      const actorRoles = roles.get(authorization);
      if (actor === undefined) return undefined;
      return { ...CONTEXT, actor, ...(actorRoles === undefined ? {} : { actorRoles }) };
    },
    open: ({ client, context }) =>
      createMcpProxy({
        governor: { log, scope },
        context,
        client,
        server: serverTransport(SERVERS.everything()),
      }),
    maxMessageBytes: 100_000,
  });
  server = createServer((request, response) => void http.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
});
afterEach(async () => {
  roles.clear();
  await http.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const headersOf = (token: string) => ({ requestInit: { headers: { authorization: token } } });

async function connect(generation: string, token = 'Bearer a'): Promise<Client> {
  const info = { name: 'test', version: '1.0.0' };
  const capabilities = { capabilities: { sampling: {} } };
  if (generation === '2.x') {
    const client = new Client(info, capabilities);
    await client.connect(new StreamableHTTPClientTransport(url, headersOf(token)));
    return client;
  }
  const client = new Client1(info, capabilities) as unknown as Client;
  await client.connect(new Http1(url, headersOf(token)) as never);
  return client;
}

const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: 'Bearer a',
      ...headers,
    },
  });

describe.each(['2.x', '1.x'])('a client of SDK %s', (generation) => {
  it('calls through, is refused, and hears of progress', async () => {
    const client = await connect(generation);
    expect((await client.callTool({ name: 'echo', arguments: { message: 'hi' } })).content).toEqual(
      [{ type: 'text', text: 'Echo: hi' }],
    );
    const refused = await client.callTool({ name: 'get-sum', arguments: { a: 1, b: 2 } });
    expect(refused.isError).toBe(true);
    const heard: unknown[] = [];
    const long = { name: 'trigger-long-running-operation', arguments: { duration: 0.2, steps: 2 } };
    const options = { onprogress: (progress: unknown) => heard.push(progress) };
    await (generation === '2.x'
      ? client.callTool(long, options)
      : (client as unknown as Client1).callTool(long, undefined, options));
    expect(heard).toHaveLength(2);
    await client.close();
  });

  it('is who its token says', async () => {
    const client = await connect(generation, 'Bearer e');
    const refused = await client.callTool({ name: 'echo', arguments: { message: 'hi' } });
    expect(refused.isError).toBe(true);
    const { records } = await log.query({ types: ['spanforge.execution.ended.v1'] });
    expect(records.map(({ context }) => context.actor)).toEqual(['eve']);
    await client.close();
  });
});

describe('what is no session', () => {
  const initialize = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'x', version: '1' },
    },
  });

  it.each([
    ['no token', initialize, { authorization: '' }, 401],
    ['a wrong token', initialize, { authorization: 'Bearer z' }, 401],
    ['no JSON', '{', {}, 400],
    ['no message', '[]', {}, 400],
    ['half a message', '{"jsonrpc":"2.0","id":1}', {}, 400],
    ['no session yet', '{"jsonrpc":"2.0","id":1,"method":"ping"}', {}, 400],
    ['a session nobody has', initialize, { 'mcp-session-id': 'x' }, 404],
    ['an unknown revision', initialize, { 'mcp-protocol-version': '1999-01-01' }, 400],
    ['two revisions', initialize, { 'mcp-protocol-version': '2025-06-18, 2025-11-25' }, 400],
    ['another type', initialize, { 'content-type': 'text/plain' }, 415],
    ['too much', `"${'x'.repeat(200_000)}"`, {}, 413],
    ['another origin', initialize, { origin: 'https://evil.example' }, 403],
  ])('%s', async (_name, body, headers, status) => {
    expect((await post(body, headers as Record<string, string>)).status).toBe(status);
  });

  it('another path', async () => {
    for (const path of ['/', '/mcp/', '/MCP', '/metrics?x=/mcp']) {
      const other = await fetch(new URL(path, url), { method: 'POST', body: initialize });
      expect(other.status).toBe(404);
    }
  });

  it('one that nobody used for a while, or that is too old', async () => {
    for (const limits of [{ sessionIdleMs: 50 }, { sessionMaxMs: 50 }]) {
      const closed: string[] = [];
      const short = createHttpProxy({
        ...limits,
        authenticate: async () => CONTEXT,
        open: ({ client, context }) => {
          const transport = serverTransport(SERVERS.everything());
          const proxy = createMcpProxy({ governor: { log }, context, client, server: transport });
          void proxy.closed.then((by) => closed.push(by));
          return proxy;
        },
      });
      const other = createServer((request, response) => void short.handle(request, response));
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const at = `http://127.0.0.1:${(other.address() as AddressInfo).port}/mcp`;
      const headers = { 'content-type': 'application/json' };
      const opened = await fetch(at, { method: 'POST', body: initialize, headers });
      const id = opened.headers.get('mcp-session-id') ?? '';
      await opened.text();
      while (closed.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      const ping = '{"jsonrpc":"2.0","id":2,"method":"ping"}';
      const late = await fetch(at, {
        method: 'POST',
        body: ping,
        headers: { ...headers, 'mcp-session-id': id },
      });
      expect(late.status).toBe(404);
      other.closeAllConnections();
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it('one of a caller whose roles have changed since', async () => {
    roles.set('Bearer a', ['writer', 'reader']);
    const opened = await post(initialize);
    await opened.text();
    const headers = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
    const ping = '{"jsonrpc":"2.0","id":2,"method":"ping"}';
    roles.set('Bearer a', ['reader', 'writer']);
    const same = await post(ping, headers);
    expect([same.status, await same.text()]).toEqual([200, expect.any(String)]);
    roles.set('Bearer a', ['reader']);
    expect((await post(ping, headers)).status).toBe(404);
    roles.clear();
    expect((await post(ping, headers)).status).toBe(404);
  });

  it("somebody else's session", async () => {
    const opened = await post(initialize);
    const id = opened.headers.get('mcp-session-id') ?? '';
    await opened.text();
    const ping = '{"jsonrpc":"2.0","id":2,"method":"ping"}';
    const headers = { 'mcp-session-id': id };
    expect((await post(ping, { ...headers, authorization: 'Bearer e' })).status).toBe(404);
    const mine = await post(ping, headers);
    expect([mine.status, await mine.text()]).toEqual([200, expect.stringContaining('"result":{}')]);
    const ended = await fetch(url, {
      method: 'DELETE',
      headers: { ...headers, authorization: 'Bearer a' },
    });
    expect(ended.status).toBe(200);
    expect((await post(ping, headers)).status).toBe(404);
  });
});

it.each([
  { sessionIdleMs: 2 ** 31 },
  { sessionMaxMs: Number.POSITIVE_INFINITY },
  { sessionIdleMs: 0 },
  { sessionMaxMs: Number.NaN },
  { maxSessions: -1 },
  { maxMessageBytes: Number.NaN },
])('limits that a timer or a count cannot have are refused: %o', (limits) => {
  const open = () => expect.unreachable();
  expect(() => createHttpProxy({ authenticate: async () => CONTEXT, open, ...limits })).toThrow(
    expect.objectContaining({ code: 'MCP_OPTIONS_INVALID' }),
  );
});
