import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryCursor } from './cursor.js';
import { createExporter } from './exporter.js';
import { createHecSink } from './hec.js';
import { createHttpSink } from './http-sink.js';
import type { Sink } from './sink.js';
import { filledLog } from './test-log.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

async function serve(answer: (body: string, request: IncomingMessage) => Reply): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { status, body: reply = {}, headers = {} } = answer(body, request);
      response.writeHead(status, headers).end(JSON.stringify(reply));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const quick = { retryMs: 1, maxRetryMs: 2 };

async function exportTo(sink: Sink, cursor = createMemoryCursor()) {
  const reader = await filledLog();
  return createExporter({ reader, sink, cursor, ...quick }).exportOnce(AbortSignal.timeout(5000));
}

const linesOf = (body: string) =>
  body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('Splunk HEC', () => {
  it('sends events with token and channel, and waits until they are acknowledged', async () => {
    const events: unknown[] = [];
    let asked = 0;
    const url = await serve((body, { url: path, headers }) => {
      expect(headers.authorization).toBe('Splunk a-token');
      expect(headers['x-splunk-request-channel']).toBe('channel-1');
      if (path === '/services/collector/ack') {
        asked += 1;
        return { status: 200, body: { acks: { 7: asked > 2 } } };
      }
      events.push(...linesOf(body));
      return { status: 200, body: { text: 'Success', code: 0, ackId: 7 } };
    });
    const options = { url, token: 'a-token', pollMs: 1, makeChannel: () => 'channel-1' };
    const status = await exportTo(createHecSink({ ...options, index: 'audit' }));
    expect(asked).toBe(3);
    expect(events).toHaveLength(status.next);
    expect(events[1]).toMatchObject({
      index: 'audit',
      sourcetype: 'spanforge:evidence',
      event: { record: { type: 'spanforge.policy.decision.v1', v: 'spanforge.record.v1' } },
      fields: { tenant: 'acme' },
    });
  });

  it('sends a batch again that is not acknowledged in time', async () => {
    let sent = 0;
    const url = await serve((_, { url: path }) => {
      if (path !== '/services/collector/ack') sent += 1;
      return { status: 200, body: { ackId: sent, acks: { [sent]: sent > 1 } } };
    });
    await exportTo(createHecSink({ url, token: 't', pollMs: 1, acknowledgeMs: 3 }));
    expect(sent).toBe(2);
  });

  it('waits for a busy indexer and stops at a token that is refused', async () => {
    let calls = 0;
    const busy = await serve(() => {
      calls += 1;
      return calls < 3 ? { status: 503, body: { code: 9 } } : { status: 200 };
    });
    await exportTo(createHecSink({ url: busy, token: 't', acknowledge: false }));
    expect(calls).toBe(3);
    const refusing = await serve(() => ({ status: 403, body: { code: 4 } }));
    await expect(exportTo(createHecSink({ url: refusing, token: 't' }))).rejects.toMatchObject({
      code: 'EXPORT_SINK_REFUSED',
      details: { status: 403, code: 4 },
    });
  });

  it('takes no answer without an acknowledgement for one', async () => {
    const url = await serve(() => ({ status: 200, body: { code: 0 } }));
    await expect(exportTo(createHecSink({ url, token: 't' }))).rejects.toMatchObject({
      code: 'EXPORT_SINK_REFUSED',
    });
  });
});

describe('the HTTP sink', () => {
  const format = ({ record }: { record: { id: string } }) => JSON.stringify({ id: record.id });

  it('posts a line for each record', async () => {
    const seen: unknown[] = [];
    const url = await serve((body, { headers }) => {
      expect(headers['content-type']).toBe('application/x-ndjson');
      seen.push(...linesOf(body));
      return { status: 204 };
    });
    const { next } = await exportTo(createHttpSink({ url, format }));
    expect(seen).toHaveLength(next);
  });

  it('does not follow a redirect', async () => {
    let elsewhere = 0;
    const trap = await serve(() => {
      elsewhere += 1;
      return { status: 200 };
    });
    const url = await serve(() => ({ status: 307, headers: { location: trap } }));
    const reader = await filledLog();
    const sink = createHttpSink({ url, format });
    const exporter = createExporter({ reader, sink, cursor: createMemoryCursor(), ...quick });
    await expect(exporter.exportOnce(AbortSignal.timeout(50))).rejects.toMatchObject({
      code: 'EXPORT_STOPPED',
    });
    expect(elsewhere).toBe(0);
    expect(exporter.status().next).toBe(0);
  });

  it('connects nowhere the guard does not allow, each time it is asked', async () => {
    let calls = 0;
    const url = await serve(() => {
      calls += 1;
      return { status: 200 };
    });
    const targets: unknown[] = [];
    const egress = (target: unknown) => {
      targets.push(target);
      return false;
    };
    const hec = createHecSink({ url, token: 't', egress });
    for (const sink of [createHttpSink({ url, format, egress }), hec]) {
      await expect(exportTo(sink)).rejects.toMatchObject({ code: 'EXPORT_EGRESS_DENIED' });
    }
    expect(calls).toBe(0);
    const { port } = new URL(url);
    const target = { protocol: 'http', host: '127.0.0.1', port: Number(port) };
    expect(targets).toMatchObject([target, target]);
  });

  it.each(['ftp://x', 'no url', 'file:///etc/passwd'])('refuses %s', (url) => {
    expect(() => createHttpSink({ url, format })).toThrow(
      expect.objectContaining({ code: 'EXPORT_OPTIONS_INVALID' }),
    );
  });
});
