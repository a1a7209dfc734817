import { PassThrough } from 'node:stream';
import type { ProxyOptions } from '../options.js';
import { createMcpProxy } from '../proxy.js';
import { createStdioTransport } from '../stdio.js';
import type { McpTransport } from '../transport.js';

type Json = Readonly<Record<string, unknown>>;

/** A client that writes what it likes, byte by byte. */
export interface RawClient {
  /** Everything that came back, in order. */
  readonly received: Json[];
  write(text: string | Uint8Array): void;
  send(message: unknown): void;
  /** Waits for the response with this id. */
  response(id: unknown): Promise<Json>;
  /** Waits for a message that fits. */
  when(fits: (message: Json) => boolean): Promise<Json>;
  request(id: unknown, method: string, params?: unknown): Promise<Json>;
  call(id: unknown, name: string, args?: unknown): Promise<Json>;
  close(): Promise<void>;
  readonly closed: Promise<string>;
}

/** Puts a proxy between a client of bytes and a server. */
export async function connectRaw(
  options: Omit<ProxyOptions, 'client'>,
  maxMessageBytes?: number,
): Promise<RawClient> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const limit = maxMessageBytes === undefined ? {} : { maxMessageBytes };
  const client = createStdioTransport({ input, output, ...limit });
  const proxy = createMcpProxy({ ...options, client });
  const received: Json[] = [];
  const waiting = new Set<() => void>();
  const far = createStdioTransport({ input: output, output: new PassThrough() });
  far.onmessage = (message) => {
    received.push(message as Json);
    for (const look of waiting) look();
  };
  await far.start();
  await proxy.start();
  const when = (fits: (message: Json) => boolean): Promise<Json> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = received.find(fits);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  const raw: RawClient = {
    received,
    when,
    closed: proxy.closed,
    write: (text) => void input.write(text),
    send: (message) => void input.write(`${JSON.stringify(message)}\n`),
    response: (id) => when((message) => message.id === id && message.method === undefined),
    request(id, method, params) {
      raw.send({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
      return raw.response(id);
    },
    call: (id, name, args) => raw.request(id, 'tools/call', { name, arguments: args }),
    close: () => proxy.close(),
  };
  return raw;
}

/** A server made of a function; it records what it was asked. */
export interface FakeServer {
  readonly transport: McpTransport;
  readonly asked: Json[];
  /** Sends a message of its own accord. */
  say(message: unknown): void;
  /** The connection breaks. */
  crash(): void;
}

export type Answer = (message: Json) => unknown;

/** A server that answers by a function: a result, an object with `error`, or nothing at all. */
export function fakeServer(answer: Answer): FakeServer {
  const asked: Json[] = [];
  let closed = false;
  const transport: McpTransport = {
    start: async () => undefined,
    async send(message) {
      const copy = JSON.parse(JSON.stringify(message)) as Json;
      asked.push(copy);
      const result = await answer(copy);
      if (copy.id === undefined || copy.method === undefined || result === undefined) return;
      const error = (result as Json).error;
      const rest = error === undefined ? { result } : { error };
      if (!closed) transport.onmessage?.({ jsonrpc: '2.0', id: copy.id, ...rest });
    },
    async close() {
      if (closed) return;
      closed = true;
      transport.onclose?.();
    },
  };
  return {
    transport,
    asked,
    say: (message) => transport.onmessage?.(message),
    crash: () => void transport.close(),
  };
}

/** A tool of a fake server. */
export const tool = (name: string, description = `Does ${name}.`): Json => ({
  name,
  description,
  inputSchema: { type: 'object' },
});

export const text = (value: string): Json => ({ content: [{ type: 'text', text: value }] });
