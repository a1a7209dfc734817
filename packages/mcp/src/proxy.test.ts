import { createReviews, type GovernorParts } from '@spanforge/govern';
import { describe, expect, it } from 'vitest';
import { createPins } from './pins.js';
import { createMcpProxy } from './proxy.js';
import {
  bodiesOf,
  CONTEXT,
  connectProxied,
  control,
  decide,
  GENERATIONS,
  openLog,
  SERVERS,
  serverTransport,
} from './testing/fixtures.js';
import { type Answer, connectRaw, fakeServer, text, tool } from './testing/raw-client.js';

type Json = Readonly<Record<string, unknown>>;

const structured = { rows: [{ email: 'a@b.example', n: 1 }] };
const answers: Answer = (message) => {
  const params = (message.params ?? {}) as Json;
  switch (message.method) {
    case 'tools/list':
      return { tools: [tool('one'), tool('two'), tool('rows')] };
    case 'tools/call':
      return params.name === 'rows'
        ? {
            content: [{ type: 'text', text: JSON.stringify(structured) }],
            structuredContent: structured,
          }
        : text('done');
    case 'resources/read':
      return { contents: [{ uri: params.uri, text: 'contents' }] };
    case 'initialize':
      return {
        protocolVersion: '2025-06-18',
        capabilities: { tools: {}, tasks: { requests: {} } },
        serverInfo: { name: 's', version: '1' },
      };
    default:
      return { echoed: message };
  }
};

async function open(
  parts: Omit<GovernorParts, 'log'> = {},
  more: Omit<Partial<Parameters<typeof createMcpProxy>[0]>, 'client' | 'server'> = {},
  answer: Answer = answers,
) {
  const log = await openLog();
  const server = fakeServer(answer);
  const client = await connectRaw({
    governor: { log, ...parts },
    context: CONTEXT,
    server: server.transport,
    ...more,
  });
  return { log, server, client };
}

const metaOf = (response: Json): Json =>
  ((response.result as Json)._meta as Json).spanforge as Json;

describe('what passes as it is', () => {
  it('requests and notifications of any name, with their ids, both ways', async () => {
    const { client, server } = await open();
    const request = {
      jsonrpc: '2.0',
      id: 'abc',
      method: 'acme/anything',
      params: { x: [1], _meta: { progressToken: 7 } },
    };
    client.send(request);
    expect((await client.response('abc')).result).toEqual({ echoed: request });
    const notice = { jsonrpc: '2.0', method: 'acme/notice', params: { y: 2 }, more: true };
    client.send(notice);
    await client.request(1, 'ping');
    expect(server.asked).toContainEqual(notice);
    const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1 } };
    server.say(progress);
    const sampling = { jsonrpc: '2.0', id: 1, method: 'sampling/createMessage', params: { z: 3 } };
    server.say(sampling);
    await client.when(({ method }) => method === 'sampling/createMessage');
    expect(client.received).toEqual(expect.arrayContaining([progress, sampling]));
    const answer = { jsonrpc: '2.0', id: 1, result: { content: 'x' } };
    client.send(answer);
    await client.request(2, 'ping');
    expect(server.asked).toContainEqual(answer);
  });

  it('but tasks of tools are not offered, and answers nobody waits for go nowhere', async () => {
    const { client, server } = await open();
    const begun = await client.request(1, 'initialize', { capabilities: {} });
    expect((begun.result as Json).capabilities).toEqual({ tools: {} });
    server.say({ jsonrpc: '2.0', id: 99, result: text('forged') });
    await client.request(2, 'ping');
    expect(JSON.stringify(client.received)).not.toContain('forged');
  });
});

describe('what is listed', () => {
  it('leaves out what would always be refused', async () => {
    const { client } = await open({}, { visible: ({ name }) => name !== 'two' });
    const { result } = await client.request(1, 'tools/list');
    expect(((result as Json).tools as Json[]).map(({ name }) => name)).toEqual(['one', 'rows']);
  });

  it('is nothing where the server gives no list', async () => {
    const { client } = await open({}, {}, () => ({ tools: { 0: tool('one') } }));
    expect((await client.request(1, 'tools/list')).error).toMatchObject({ code: -32_603 });
  });

  it('is nothing where the pins cannot be read', async () => {
    const log = await openLog();
    const broken = { ...log, size: () => Promise.reject(new Error('down')) };
    const server = fakeServer(answers);
    const where = { ...CONTEXT, source: 'test@1.0.0' };
    const pins = createPins({ log: broken, server: 's', context: where });
    const options = { governor: { log }, context: CONTEXT, server: server.transport, pins };
    const client = await connectRaw(options);
    expect((await client.request(1, 'tools/list')).result).toEqual({ tools: [] });
    expect(metaOf(await client.call(2, 'one')).reason_code).toBe('pins_unavailable');
  });
});

describe('pins', () => {
  it('outlive the process, wait for a person where told so, and follow an approval', async () => {
    const log = await openLog();
    const context = { ...CONTEXT, source: 'test@1.0.0' };
    const pins = () => createPins({ log, server: 's', context, firstSight: 'block' });
    const connect = (description: string) =>
      connectRaw({
        governor: { log },
        context: CONTEXT,
        server: fakeServer(({ method }) =>
          method === 'tools/list' ? { tools: [tool('one', description)] } : text('done'),
        ).transport,
        pins: pins(),
      });
    const first = await connect('Good.');
    expect(metaOf(await first.call(1, 'one')).reason_code).toBe('tool_unapproved');
    const [seen] = await bodiesOf(log, 'governance.violation');
    const approval = { tool: 'one', digest: String(seen?.found), approver: 'bob' };
    await pins().approve(approval);
    expect((await first.call(2, 'one')).result).toEqual(text('done'));
    const second = await connect('Bad.');
    expect(metaOf(await second.call(1, 'one')).reason_code).toBe('tool_changed');
    const third = await connect('Good.');
    expect((await third.call(1, 'one')).result).toEqual(text('done'));
    expect(await pins().list()).toEqual([{ ...approval, cause: 'approved' }]);
    const unknown = { ...approval, digest: 'f'.repeat(64) };
    await expect(pins().approve(unknown)).rejects.toMatchObject({ code: 'MCP_PIN_UNKNOWN' });
  });

  it('are left to the policy where told so', async () => {
    let description = 'Good.';
    const states: unknown[] = [];
    const { client, server, log } = await open(
      {
        preflight: [
          {
            name: 'see',
            control: async ({ policyContext }) => {
              states.push(policyContext?.tool_pin);
              return decide('allow');
            },
          },
        ],
      },
      { unpinned: 'record' },
      ({ method }) =>
        method === 'tools/list' ? { tools: [tool('one', description)] } : text('done'),
    );
    await client.call(1, 'one');
    description = 'Bad.';
    server.say({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
    expect((await client.call(2, 'one')).result).toEqual(text('done'));
    expect(states).toEqual(['pinned', 'changed']);
    expect(await bodiesOf(log, 'governance.violation')).toMatchObject([{ blocked: false }]);
  });
});

describe('results', () => {
  it('are redacted as rules see them, and nothing else of them is left', async () => {
    const redact = [
      { kind: 'redact', target: 'result', path: 'rows.*.email', mask: '***' },
    ] as const;
    const { client } = await open({
      preflight: [{ name: 'mask', control: async () => decide('redact', redact) }],
    });
    const { result } = await client.call(1, 'rows', {});
    const masked = { rows: [{ email: '***', n: 1 }] };
    expect((result as Json).structuredContent).toEqual(masked);
    expect(JSON.stringify(result)).not.toContain('a@b.example');
  });

  it('have their arguments redacted on the way', async () => {
    const redact = [{ kind: 'redact', target: 'args', path: 'secret', mask: '***' }] as const;
    const { client, server } = await open({
      preflight: [{ name: 'mask', control: async () => decide('redact', redact) }],
    });
    await client.call(1, 'one', { secret: 'x', plain: 'y' });
    const sent = server.asked.find(({ method }) => method === 'tools/call');
    expect(sent?.params).toMatchObject({ arguments: { secret: '***', plain: 'y' } });
  });

  it('that say they failed are judged like any other, and returned as they are', async () => {
    const failure = { ...text('no'), isError: true };
    const { client, log } = await open({}, {}, ({ method }) =>
      method === 'tools/list' ? { tools: [tool('one')] } : failure,
    );
    expect((await client.call(1, 'one')).result).toEqual(failure);
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([{ status: 'completed' }]);
  });

  it('that say they failed are redacted too, text as the JSON it is', async () => {
    const redact = [{ kind: 'redact', target: 'result', path: 'card', mask: '***' }] as const;
    const failure = { ...text(JSON.stringify({ why: 'declined', card: '4111' })), isError: true };
    const { client } = await open(
      { postflight: [{ name: 'mask', control: async () => decide('redact', redact) }] },
      {},
      ({ method }) => (method === 'tools/list' ? { tools: [tool('one')] } : failure),
    );
    const { result } = await client.call(1, 'one');
    expect(result).toEqual({ ...text('{"why":"declined","card":"***"}'), isError: true });
  });

  it('that say they failed are withheld where a control says so', async () => {
    const failure = { ...text('secret'), isError: true };
    const { client } = await open(
      { postflight: [{ name: 'stop', control: async () => decide('block') }] },
      {},
      ({ method }) => (method === 'tools/list' ? { tools: [tool('one')] } : failure),
    );
    const response = await client.call(1, 'one');
    expect(metaOf(response)).toMatchObject({ status: 'withheld', executed: true });
    expect(JSON.stringify(response)).not.toContain('secret');
  });

  it('of resources are withheld as errors', async () => {
    const { client } = await open({
      scope: control(({ resource }) => decide(resource === 'file:///a' ? 'allow' : 'block')),
    });
    const read = (id: number, uri: string) => client.request(id, 'resources/read', { uri });
    expect((await read(1, 'file:///a')).result).toEqual({
      contents: [{ uri: 'file:///a', text: 'contents' }],
    });
    expect((await read(2, 'file:///b')).error).toMatchObject({
      code: -32_090,
      data: { spanforge: { reason_code: 'block', executed: false } },
    });
    const notifications = { resourceSubscriptions: ['file:///a', 'file:///b'] };
    const listen = await client.request(3, 'subscriptions/listen', { notifications });
    expect(listen.error).toMatchObject({ code: -32_090 });
  });
});

describe('ids a client chooses', () => {
  it('of a reading tool are as many calls as requests, each known by the id it came with', async () => {
    const seen: unknown[] = [];
    const { client, log } = await open(
      {
        preflight: [
          {
            name: 'see',
            control: async ({ policyContext, callId }) => {
              seen.push([policyContext?.request_id, callId]);
              return decide('allow');
            },
          },
        ],
      },
      { tool: () => ({ effect: 'read' }) },
    );
    for (let n = 0; n < 3; n += 1) {
      client.received.length = 0;
      expect((await client.call(7, 'one')).result).toEqual(text('done'));
    }
    expect(seen.map((one) => (one as unknown[])[0])).toEqual(['number:7', 'number:7', 'number:7']);
    expect(new Set(seen.map((one) => (one as unknown[])[1])).size).toBe(3);
    expect(await bodiesOf(log, 'execution.ended')).toHaveLength(3);
  });
});

it('says what a context leaves out', () => {
  const server = fakeServer(answers).transport;
  const { actor: _, ...context } = CONTEXT;
  const options = { governor: {} as GovernorParts, context, client: server, server };
  expect(() => createMcpProxy(options as never)).toThrow(
    expect.objectContaining({
      code: 'GOVERN_CONTEXT_INVALID',
      message: 'context.actor: expected the id of the person or service the agent acts for',
    }),
  );
});

describe('a call under way', () => {
  it('is cancelled on the other side too, and nobody answers it', async () => {
    let asked: () => void = () => undefined;
    const called = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { client, server, log } = await open({}, {}, (message) => {
      if (message.method !== 'tools/call') return answers(message);
      asked();
      return undefined;
    });
    client.send({ jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'one' } });
    await called;
    const params = { requestId: 5, reason: 'enough' };
    client.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
    await client.close();
    expect(server.asked.at(-1)).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: 5 },
    });
    expect(client.received).toEqual([]);
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([
      { status: 'cancelled', executed: true },
    ]);
  });

  it('ends with an error, on record, when the server is gone', async () => {
    const world = fakeServer((message) => {
      if (message.method === 'tools/list') return answers(message);
      world.crash();
      return undefined;
    });
    const log = await openLog();
    const options = { governor: { log }, context: CONTEXT, server: world.transport };
    const client = await connectRaw(options);
    expect((await client.call(1, 'one')).error).toMatchObject({ code: -32_000 });
    expect(await client.closed).toBe('server');
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([
      { status: 'failed', executed: true },
    ]);
  });
});

describe.each(GENERATIONS)('a person at a client of SDK %s', (generation) => {
  const ask = async (decision: string, approver = 'carol') => {
    const log = await openLog();
    const asked: unknown[] = [];
    const { ElicitRequestSchema } = await import('@modelcontextprotocol/sdk/types.js');
    const client = await connectProxied(
      generation,
      {
        governor: {
          log,
          preflight: [{ name: 'hold', control: async () => decide('human_review') }],
        },
        context: CONTEXT,
        server: serverTransport(SERVERS.everything()),
        approver,
      },
      {
        prepare(raw) {
          const set = raw.setRequestHandler.bind(raw) as (
            method: unknown,
            handler: unknown,
          ) => void;
          set(
            generation === '2.x' ? 'elicitation/create' : ElicitRequestSchema,
            async ({ params }: { params: unknown }) => {
              asked.push(params);
              return { action: 'accept', content: { decision } };
            },
          );
        },
      },
    );
    const args = { name: 'echo', arguments: { message: 'hi' } };
    const result = (await client.request('callTool', args)) as Json;
    await client.close();
    await client.proxy.closed;
    return { result, asked, log };
  };

  it('approves a held call, and is on record', async () => {
    const { result, asked, log } = await ask('approve');
    expect(result.content).toEqual([{ type: 'text', text: 'Echo: hi' }]);
    expect(asked).toMatchObject([{ message: expect.stringContaining('"message": "hi"') }]);
    const [review] = await createReviews({ log }).list();
    expect(review).toMatchObject({ state: 'consumed', reviewer: 'carol' });
  });

  it('rejects one', async () => {
    const { result, log } = await ask('reject');
    expect(result.isError).toBe(true);
    expect((await createReviews({ log }).list())[0]?.state).toBe('rejected');
  });
});

it('takes nobody for an approver who asks himself', () => {
  const server = fakeServer(answers).transport;
  for (const approver of ['alice', 'bot', '']) {
    const options = { governor: {} as GovernorParts, context: CONTEXT, client: server, server };
    expect(() => createMcpProxy({ ...options, approver })).toThrow(
      expect.objectContaining({ code: 'MCP_OPTIONS_INVALID' }),
    );
  }
});
