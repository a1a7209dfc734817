import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryCursor } from '../cursor.js';
import { createExporter } from '../exporter.js';
import { filledLog } from '../test-log.js';
import { createLinesSink } from './lines.js';
import { createSyslogSink, type SyslogSinkOptions } from './syslog.js';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Reads octet-counting frames as RFC 6587 has them. */
function framesOf(bytes: Buffer): string[] {
  const frames: string[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const space = rest.indexOf(32);
    const length = Number(rest.subarray(0, space).toString());
    frames.push(rest.subarray(space + 1, space + 1 + length).toString());
    rest = rest.subarray(space + 1 + length);
  }
  return frames;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function collecting(makeServer: (onSocket: (socket: Socket) => void) => Server) {
  const chunks: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = makeServer((socket) => {
    sockets.add(socket);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
  });
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { server, sockets, received: () => framesOf(Buffer.concat(chunks)) };
}

async function exportTo(options: SyslogSinkOptions) {
  const sink = createSyslogSink(options);
  const reader = await filledLog();
  const cursor = createMemoryCursor();
  const exporter = createExporter({ reader, sink, cursor, retryMs: 1, maxRetryMs: 2 });
  const status = await exporter.exportOnce(AbortSignal.timeout(5000));
  await exporter.close();
  return status;
}

const MESSAGE = /^<(\d+)>1 (\S+) (\S+) (\S+) - (\S+) - CEF:0\|/;

describe('syslog', () => {
  it('sends RFC 5424 messages in octet-counting frames over TCP', async () => {
    const { server, received } = collecting((onSocket) => createServer(onSocket));
    const port = await listen(server);
    const { next } = await exportTo({ host: '127.0.0.1', port, tls: false, hostName: 'desk-1' });
    await expect.poll(() => received().length).toBe(next);
    for (const frame of received()) expect(frame).toMatch(MESSAGE);
    const [priority, time, host, app] = MESSAGE.exec(received()[3] ?? '')?.slice(1) ?? [];
    // 13 * 8 + 2: log audit, critical.
    expect([priority, host, app]).toEqual(['106', 'desk-1', 'spanforge']);
    expect(Number.isNaN(Date.parse(time ?? ''))).toBe(false);
  });

  it('says why a receiver could not be reached', async () => {
    const { server } = collecting((onSocket) => createServer(onSocket));
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const sink = createSyslogSink({ host: '127.0.0.1', port, tls: false });
    await expect(sink.send([], new AbortController().signal)).rejects.toMatchObject({
      code: 'EXPORT_SINK_UNAVAILABLE',
      message: 'the receiver could not be reached (ECONNREFUSED)',
    });
  });

  it('connects again when the receiver went away', async () => {
    const { server, sockets, received } = collecting((onSocket) => createServer(onSocket));
    const port = await listen(server);
    const sink = createSyslogSink({ host: '127.0.0.1', port, tls: false });
    const log = await filledLog();
    const cursor = createMemoryCursor();
    const exporter = createExporter({ reader: log, sink, cursor, retryMs: 1, maxRetryMs: 2 });
    await exporter.exportOnce();
    const before = await log.size();
    await expect.poll(() => received().length).toBe(before);
    for (const socket of sockets) socket.destroy();
    await log.append((await import('../test-log.js')).drafts());
    await new Promise((resolve) => setTimeout(resolve, 50));
    await exporter.exportOnce(AbortSignal.timeout(5000));
    await expect.poll(() => received().length).toBe(await log.size());
    await exporter.close();
  });

  it('asks the guard before it connects', async () => {
    const sink = createSyslogSink({ host: '203.0.113.1', egress: () => false });
    await expect(sink.send([], new AbortController().signal)).rejects.toMatchObject({
      code: 'EXPORT_EGRESS_DENIED',
      details: { host: '203.0.113.1', port: 6514, protocol: 'tls' },
    });
  });

  const openssl = spawnSync('openssl', ['version']).status === 0;

  it.skipIf(!openssl)('speaks TLS, and only to a receiver whose certificate holds', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spanforge-tls-'));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', keyFile, '-out', certFile, '-days', '2', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost'],
    ]);
    expect(made.status).toBe(0);
    const [key, cert] = [readFileSync(keyFile), readFileSync(certFile)];
    const { server, received } = collecting((onSocket) => {
      const tls = createTlsServer({ key, cert }, onSocket);
      tls.on('tlsClientError', () => {});
      return tls;
    });
    const port = await listen(server);
    const reach = { host: '127.0.0.1', port, timeoutMs: 2000 };
    const { next } = await exportTo({ ...reach, tls: { ca: cert, servername: 'localhost' } });
    await expect.poll(() => received().length).toBe(next);
    const untrusted = createSyslogSink({ ...reach, tls: { servername: 'localhost' } });
    await expect(untrusted.send([], new AbortController().signal)).rejects.toMatchObject({
      code: 'EXPORT_SINK_UNAVAILABLE',
    });
  });
});

describe('a file of lines', () => {
  it('gets one line for each record, appended', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spanforge-lines-'));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'deep', 'events.ndjson');
    const reader = await filledLog();
    for (let round = 0; round < 2; round += 1) {
      const sink = createLinesSink({ path, format: ({ record }) => record.id });
      const exporter = createExporter({ reader, sink, cursor: createMemoryCursor() });
      await exporter.exportOnce();
      await exporter.close();
    }
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(2 * (await reader.size()));
  });
});
