import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify } from './message.js';
import { sortedJson } from './plain.js';
import { viewResult } from './result-view.js';
import { bodiesOf, CONTEXT, decide, openLog } from './testing/fixtures.js';
import { connectRaw, fakeServer, text, tool } from './testing/raw-client.js';

async function open(maxMessageBytes?: number) {
  const log = await openLog();
  const server = fakeServer(({ method }) =>
    method === 'tools/list' ? { tools: [tool('pay')] } : text('done'),
  );
  const client = await connectRaw(
    {
      governor: { log, preflight: [{ name: 'no', control: async () => decide('block') }] },
      context: CONTEXT,
      server: server.transport,
    },
    maxMessageBytes,
  );
  const called = (): unknown[] => server.asked.filter(({ method }) => method === 'tools/call');
  return { log, server, client, called };
}

const messageLike = fc.record(
  {
    jsonrpc: fc.constantFrom('2.0', '1.0', 2, null),
    id: fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.constant([1]), fc.double()),
    method: fc.constantFrom('tools/call', 'tools/call ', 'ping', 'resources/read', 1, null, ''),
    params: fc.oneof(
      fc.record(
        {
          name: fc.oneof(fc.constantFrom('pay', '__proto__', 'resource:read'), fc.jsonValue()),
          arguments: fc.jsonValue(),
          uri: fc.jsonValue(),
          task: fc.jsonValue(),
          _meta: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
      fc.jsonValue(),
    ),
    result: fc.jsonValue(),
    error: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

const line = fc.oneof(
  messageLike.map((message) => JSON.stringify(message)),
  fc.array(messageLike, { maxLength: 4 }).map((batch) => JSON.stringify(batch)),
  messageLike.map((message) => JSON.stringify(message).slice(0, -1)),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.string(),
);

describe('whatever a client writes', () => {
  it('lets no call through that was not decided about, and does not end the proxy', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 20 }), async (lines) => {
        const { client, called } = await open();
        for (const one of lines) client.write(`${one}\n`);
        expect((await client.request('last', 'ping')).id).toBe('last');
        await client.close();
        expect(called()).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('is answered where it is no message', async () => {
    const { client } = await open(1000);
    const errors = async (write: string | Uint8Array, code: number): Promise<void> => {
      client.received.length = 0;
      client.write(write);
      expect((await client.when(({ id }) => id === null)).error).toMatchObject({ code });
    };
    await errors('{"jsonrpc":\n', -32_700);
    await errors(Buffer.from([0x22, 0xff, 0x22, 0x0a]), -32_700);
    await errors(`{"x":"${'y'.repeat(2000)}"}\n`, -32_700);
    await errors('[]\n', -32_600);
    await errors('[[]]\n', -32_600);
    await errors('{"jsonrpc":"2.0","id":null,"method":"tools/call"}\n', -32_600);
    await errors('{"jsonrpc":"2.0","id":{"a":1},"method":"tools/call"}\n', -32_600);
    expect((await client.request(1, 'ping')).result).toBeDefined();
  });

  it('may be cut anywhere', async () => {
    const { client } = await open();
    const whole = Buffer.from('{"jsonrpc":"2.0","id":"ü","method":"ping"}\n');
    for (const byte of whole) client.write(Uint8Array.of(byte));
    expect((await client.response('ü')).result).toBeDefined();
  });

  it('is nested too deeply, or a prototype, and harms nobody', async () => {
    const { client, called, log } = await open();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    client.write(`{"jsonrpc":"2.0","id":1,"method":"acme/x","params":{"a":${deep}}}\n`);
    expect((await client.response(1)).error).toBeDefined();
    const call = (id: number, args: string): string =>
      `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"pay","arguments":${args}}}\n`;
    client.write(call(2, `{"a":${deep}}`));
    client.write(call(3, '{"__proto__":{"polluted":true},"constructor":{"prototype":{"x":1}}}'));
    await Promise.all([client.response(2), client.response(3)]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(called()).toEqual([]);
    expect(await bodiesOf(log, 'execution.ended')).toHaveLength(2);
  });

  it('does not become another message on its way', async () => {
    const log = await openLog();
    const server = fakeServer(({ method }) =>
      method === 'tools/list' ? { tools: [tool('pay')] } : text('done'),
    );
    const client = await connectRaw({
      governor: { log },
      context: CONTEXT,
      server: server.transport,
    });
    const twice =
      '{"name":"pay","name":"pay","arguments":{"n":1},"arguments":{"__proto__":{"n":2}}}';
    client.write(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${twice}}\n`);
    await client.response(1);
    const sent = server.asked.find(({ method }) => method === 'tools/call');
    expect(JSON.stringify(sent?.params)).toBe('{"name":"pay","arguments":{"__proto__":{"n":2}}}');
  });
});

describe('the parts', () => {
  it('classify takes every value', () => {
    fc.assert(
      fc.property(fc.oneof(messageLike, fc.anything()), (value) => {
        const message = classify(value);
        if (message.kind === 'invalid') return;
        expect((value as { jsonrpc: unknown }).jsonrpc).toBe('2.0');
        if (message.kind !== 'response') expect(typeof message.method).toBe('string');
      }),
    );
  });

  it('sortedJson is the same for equal values and another for others', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const again = JSON.parse(JSON.stringify(one));
        expect(sortedJson(again)).toBe(sortedJson(one));
        const same = sortedJson(one) === sortedJson(other);
        if (same) expect(JSON.parse(sortedJson(one))).toEqual(JSON.parse(sortedJson(other)));
        expect(JSON.parse(sortedJson(one))).toEqual(JSON.parse(JSON.stringify(one)));
      }),
    );
  });

  it('a view hides nothing that the result says', () => {
    const block = fc.oneof(
      fc.record({ type: fc.constant('text'), text: fc.oneof(fc.string(), fc.json()) }),
      fc.record({ type: fc.constant('image'), data: fc.string() }),
    );
    const result = fc.record(
      { content: fc.array(block), structuredContent: fc.dictionary(fc.string(), fc.string()) },
      { requiredKeys: ['content'] },
    );
    fc.assert(
      fc.property(result, (one) => {
        const { view, rebuild } = viewResult(one);
        if (view === one) return;
        const texts = one.content.map((part) => (part as { text: string }).text);
        const shown = JSON.stringify(view);
        for (const said of texts) {
          const isShown = shown.includes(JSON.stringify(said));
          if (!isShown) expect(sortedJson(JSON.parse(said))).toBe(sortedJson(view));
        }
        const masked = JSON.stringify(rebuild('***'));
        for (const said of texts) if (said.length > 9) expect(masked).not.toContain(said);
      }),
    );
  });
});
