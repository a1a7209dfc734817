import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineReader, readEnds } from './lines.js';
import { createMcpProxy } from './proxy.js';
import { createProcessTransport, createStdioTransport } from './stdio.js';
import { bodiesOf, CONTEXT, environment, openLog } from './testing/fixtures.js';
import { connectRaw, tool } from './testing/raw-client.js';
import type { OversizedMessage } from './transport.js';

const LIMIT = 4000;
const LONG = 'x'.repeat(2 * LIMIT);

/** A server over two streams; it answers with the line that `write` makes. */
function lineServer(write: (id: unknown) => string) {
  const [toServer, toProxy] = [new PassThrough(), new PassThrough()];
  const far = createStdioTransport({ input: toServer, output: new PassThrough() });
  far.onmessage = (message) => {
    const { id, method } = message as { readonly id: unknown; readonly method: string };
    const list = JSON.stringify({ jsonrpc: '2.0', id, result: { tools: [tool('one')] } });
    toProxy.write(`${method === 'tools/list' ? list : write(id)}\n`);
  };
  void far.start();
  return createStdioTransport({ input: toProxy, output: toServer, maxMessageBytes: LIMIT });
}

const content = [{ type: 'text', text: LONG }];

describe('a result that is too long', () => {
  it.each([
    ['its id first', (id: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result: { content } })],
    ['its id last', (id: unknown) => JSON.stringify({ result: { content }, jsonrpc: '2.0', id })],
    ['no id to be seen', () => JSON.stringify({ jsonrpc: '2.0', result: { content }, x: LONG })],
  ])('with %s is answered with an error, and is on record', async (_name, write) => {
    const log = await openLog();
    const client = await connectRaw({
      governor: { log },
      context: CONTEXT,
      server: lineServer(write),
    });
    const { error } = await client.call(1, 'one');
    expect(error).toMatchObject({
      message: `the result is longer than ${LIMIT} bytes and was not forwarded`,
      data: { max_bytes: LIMIT },
    });
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([
      { status: 'failed', executed: true },
    ]);
    expect((await client.call(2, 'one')).error).toBeDefined();
    await client.close();
  });

  it('is told apart by its ends alone, and never by what stands inside', () => {
    const id = fc.oneof(fc.nat(), fc.string({ maxLength: 40 }));
    fc.assert(
      fc.property(id, fc.jsonValue(), fc.boolean(), (own, inner, first) => {
        const result = { inner, deep: { jsonrpc: '2.0', id: 'forged' } };
        const message = first
          ? { jsonrpc: '2.0', id: own, result }
          : { result, jsonrpc: '2.0', id: own };
        const line = JSON.stringify(message);
        const found = readEnds(line.slice(0, 1024), line.slice(-1024), LIMIT);
        expect(found).toEqual({ kind: 'response', id: own, maxBytes: LIMIT });
        const without = JSON.stringify({ jsonrpc: '2.0', result });
        expect(readEnds(without.slice(0, 1024), without.slice(-1024), LIMIT).id).toBeUndefined();
      }),
    );
  });

  it('is skipped in bounded memory, however it is cut', () => {
    const seen: OversizedMessage[] = [];
    const read = createLineReader(LIMIT, {
      message: () => expect.unreachable(),
      malformed: () => expect.unreachable(),
      oversized: (message) => seen.push(message),
    });
    const chunk = Buffer.from(LONG);
    read(Buffer.from('{"jsonrpc":"2.0","id":5,"result":"'));
    for (let n = 0; n < 2000; n += 1) read(chunk);
    read(Buffer.from('"}\n'));
    expect(seen).toEqual([{ kind: 'response', id: 5, maxBytes: LIMIT }]);
  });
});

const FLOOD = `
const line = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { data: 'x'.repeat(10000) } }) + '\\n';
let written = 0;
const more = () => { while (process.stdout.write(line)) written += line.length; };
process.stdout.on('drain', more);
more();`;

it('a server that floods is not read faster than its client reads', async () => {
  const output = new PassThrough();
  const client = createStdioTransport({ input: new PassThrough(), output });
  const server = createProcessTransport({
    command: process.execPath,
    args: ['-e', FLOOD],
    env: environment(),
    graceMs: 100,
  });
  let paused = 0;
  const watched = Object.create(server, {
    pause: {
      value: () => {
        paused += 1;
        server.pause?.();
      },
    },
    onmessage: {
      set: (handler) => {
        server.onmessage = handler;
      },
    },
    onclose: {
      set: (handler) => {
        server.onclose = handler;
      },
    },
    onerror: {
      set: (handler) => {
        server.onerror = handler;
      },
    },
    onoversized: {
      set: (handler) => {
        server.onoversized = handler;
      },
    },
  }) as typeof server;
  const proxy = createMcpProxy({
    governor: { log: await openLog() },
    context: CONTEXT,
    client,
    server: watched,
  });
  await proxy.start();
  // Nobody reads the output: without a bound this grows as long as the server writes.
  while (paused === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const held = output.writableLength + output.readableLength;
  expect(held).toBeGreaterThan(1_000_000);
  expect(held).toBeLessThan(8 * 1024 * 1024);
  output.resume();
  const before = paused;
  while (paused === before)
    await new Promise((resolve) => setTimeout(resolve, 20)).then(() => output.pause());
  output.resume();
  await proxy.close();
});

const DEAF = `
process.stdin.once('data', () => {
  process.stdin.pause();
  console.log(JSON.stringify({ jsonrpc: '2.0', method: 'pid', params: { pid: process.pid } }));
  setInterval(() => {}, 1000);
});`;

it('a client that goes away while its server takes nothing is noticed, and the server ended', async () => {
  const [input, output] = [new PassThrough({ highWaterMark: 64 * 1024 }), new PassThrough()];
  const proxy = createMcpProxy({
    governor: { log: await openLog() },
    context: CONTEXT,
    client: createStdioTransport({ input, output }),
    server: createProcessTransport({
      command: process.execPath,
      args: ['-e', DEAF],
      env: environment(),
      graceMs: 100,
    }),
  });
  await proxy.start();
  const line = `${JSON.stringify({ jsonrpc: '2.0', method: 'any', params: { d: 'x'.repeat(60_000) } })}\n`;
  const said = new Promise<number>((resolve) => {
    output.once('data', (text) => resolve(JSON.parse(String(text)).params.pid));
  });
  input.write(line);
  const pid = await said;
  let sent = 0;
  while (input.write(line) && sent < 10_000) {
    sent += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(sent * line.length).toBeLessThan(64 * 1024 * 1024);
  input.end(line.repeat(3));
  expect(await proxy.closed).toBe('client');
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
}, 60_000);

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a server process', () => {
  it.runIf(process.platform !== 'win32')(
    'ends with its connection, behind a shell and deaf to the end of its input and to SIGTERM',
    async () => {
      const stubborn = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);
        process.stdin.on('end', () => {}).resume();
        console.log(JSON.stringify({ jsonrpc: '2.0', method: 'pid', params: { pid: process.pid } }));`;
      const transport = createProcessTransport({
        command: '/bin/sh',
        args: ['-c', `"$0" -e "$1"; true`, process.execPath, stubborn],
        env: environment(),
        graceMs: 100,
      });
      const said = new Promise<number>((resolve) => {
        transport.onmessage = (message) =>
          resolve((message as { params: { pid: number } }).params.pid);
      });
      await transport.start();
      const pid = await said;
      expect(isAlive(pid)).toBe(true);
      await transport.close();
      // Gone at once; whoever reaps orphans may take a moment.
      await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
    },
  );

  it('that cannot be started is named', async () => {
    const transport = createProcessTransport({ command: 'no-such-mcp-server', env: environment() });
    await expect(transport.start()).rejects.toMatchObject({
      code: 'MCP_SERVER_NOT_STARTED',
      message: 'cannot start the server no-such-mcp-server: no such command',
      details: { command: 'no-such-mcp-server', reason: 'ENOENT' },
    });
    await transport.close();
  });
});
