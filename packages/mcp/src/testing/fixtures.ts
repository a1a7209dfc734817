import { createRequire } from 'node:module';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioClientTransport1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { InMemoryTransport as InMemoryTransport1 } from '@modelcontextprotocol/sdk/inMemory.js';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import { createMemoryStore, type EvidenceLog, openEvidenceLog } from '@spanforge/core-events/log';
import type { CallControl, ControlDecision } from '@spanforge/govern';
import type { McpProxy, ProxyContext, ProxyOptions } from '../options.js';
import { createMcpProxy } from '../proxy.js';
import { createProcessTransport } from '../stdio.js';
import type { McpTransport } from '../transport.js';

export const CONTEXT: ProxyContext = {
  tenant: 'acme',
  project: 'support',
  env: 'test',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'bot',
  actor: 'alice',
};

export function openLog(): Promise<EvidenceLog> {
  const store = createMemoryStore();
  return openEvidenceLog({ store, origin: 'example.com/mcp', writer: 'test', hmac: false });
}

export function decide(
  outcome: ControlDecision['outcome'],
  obligations: ControlDecision['obligations'] = [],
): ControlDecision {
  return { outcome, obligations, reason: `Decided ${outcome}.`, reasonCode: outcome };
}

/** A control that decides by the call. */
export const control =
  (answer: (call: Parameters<CallControl>[0]) => ControlDecision): CallControl =>
  async (call) =>
    answer(call);

const require = createRequire(import.meta.url);

/** The reference servers, by name. */
export const SERVERS = {
  everything: (..._: readonly string[]) => [
    require.resolve('@modelcontextprotocol/server-everything/dist/index.js'),
  ],
  memory: (..._: readonly string[]) => [
    require.resolve('@modelcontextprotocol/server-memory/dist/index.js'),
  ],
  filesystem: (folder: string) => [
    require.resolve('@modelcontextprotocol/server-filesystem/dist/index.js'),
    folder,
  ],
} as const;

export const environment = (more: Readonly<Record<string, string>> = {}) => ({
  PATH: process.env.PATH ?? '',
  ...more,
});

/** A real server behind our own transport. */
export function serverTransport(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): McpTransport {
  return createProcessTransport({
    command: process.execPath,
    args,
    env: environment(more),
  });
}

/** Bodies of the records of one type, oldest first. */
export async function bodiesOf(
  log: EvidenceLog,
  type: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { records } = await log.query({ types: [`spanforge.${type}.v1`], limit: 1000 });
  return records.map(({ body }) => body);
}

export type Capabilities = Readonly<Record<string, object>>;

export const CAPABILITIES: Capabilities = { roots: {}, sampling: {}, elicitation: {} };

/** A client of either generation, as the tests use it. */
export interface AnyClient {
  request(method: string, params?: unknown): Promise<unknown>;
  raw: Client | Client1;
  close(): Promise<void>;
}

/** The two generations of the SDK. */
export const GENERATIONS = ['2.x', '1.x'] as const;

type Generation = (typeof GENERATIONS)[number];

function create(generation: Generation, capabilities: Capabilities): Client | Client1 {
  const info = { name: 'test', version: '1.0.0' };
  return generation === '2.x'
    ? new Client(info, { capabilities })
    : new Client1(info, { capabilities });
}

function wrap(raw: Client | Client1): AnyClient {
  return {
    raw,
    close: () => raw.close(),
    request(method, params = {}) {
      const client = raw as unknown as Record<string, (params: unknown) => Promise<unknown>>;
      const call = client[method];
      if (call === undefined) throw new TypeError(method);
      return call.call(raw, params);
    },
  };
}

/** A client that talks to a server without any proxy. */
export async function connectDirect(
  generation: Generation,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
  prepare: (client: Client | Client1) => void = () => undefined,
): Promise<AnyClient> {
  const client = create(generation, CAPABILITIES);
  prepare(client);
  const options = {
    command: process.execPath,
    args: [...args],
    env: environment(more),
    stderr: 'ignore' as const,
  };
  const transport =
    generation === '2.x' ? new StdioClientTransport(options) : new StdioClientTransport1(options);
  await (client as Client).connect(transport as StdioClientTransport);
  return wrap(client);
}

/** A client that talks to a server through a proxy. */
export async function connectProxied(
  generation: Generation,
  options: Omit<ProxyOptions, 'client'>,
  {
    capabilities = CAPABILITIES,
    prepare = () => undefined,
  }: { capabilities?: Capabilities; prepare?: (client: Client | Client1) => void } = {},
): Promise<AnyClient & { proxy: McpProxy }> {
  const pair =
    generation === '2.x'
      ? InMemoryTransport.createLinkedPair()
      : InMemoryTransport1.createLinkedPair();
  const [mine, its] = pair as ReturnType<typeof InMemoryTransport.createLinkedPair>;
  const proxy = createMcpProxy({ ...options, client: its });
  await proxy.start();
  const client = create(generation, capabilities);
  prepare(client);
  await (client as Client).connect(mine);
  return { ...wrap(client), proxy };
}
