import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { useFolder } from './test-cli.js';
import { openWorkspace } from './workspace/workspace.js';

const BIN = `${new URL('../../..', import.meta.url).pathname}packages/cli/dist/bin.js`;
/** The number of records an exporter sends at once. */
const BATCH = 500;
const { path, run } = useFolder();

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A workspace whose log needs three batches. */
async function workspaceToExport(): Promise<void> {
  await run('init');
  const workspace = await openWorkspace(path('.spanforge'), 'tests');
  const place = { tenant: 'default', project: 'default', env: 'prod', run: 'run-1' };
  const who = { traceId: 't', agent: 'a', actor: 'p', source: 'test@1.0.0' };
  const span = {
    type: 'spanforge.span.v1',
    context: { ...place, ...who },
    body: { kind: 'model', name: 'chat', duration_ms: 9, status: 'ok', model: 'small-1' },
  } as const;
  await workspace.log.append(Array.from({ length: 2 * BATCH + 200 }, () => span));
  await workspace.close();
}

/** The ids of all records, in the order of the log. */
async function idsOfLog(): Promise<readonly string[]> {
  const workspace = await openWorkspace(path('.spanforge'), 'reader');
  const ids: string[] = [];
  for (let cursor: number | undefined = 0; cursor !== undefined; ) {
    const page: Awaited<ReturnType<typeof workspace.log.query>> = await workspace.log.query({
      ...{ cursor, limit: 1000 },
    });
    ids.push(...page.records.map(({ id }) => id));
    cursor = page.next;
  }
  await workspace.close();
  return ids;
}

/** The one cursor of an export to Splunk: its name says which receiver. */
function cursorOfSplunk(): unknown {
  const names = readdirSync(path('.spanforge/exports'));
  expect(names).toEqual([expect.stringMatching(/^splunk-hec-[0-9a-f]{16}\.cursor\.json$/)]);
  return JSON.parse(readFileSync(path(`.spanforge/exports/${names[0]}`), 'utf8'));
}

/** The command line in a process of its own. */
function start(...argv: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [BIN, 'export', ...argv], { cwd: path() });
  closing.push(() => child.kill('SIGKILL'));
  return child;
}

async function ended(child: ChildProcess): Promise<number | string | null> {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
}

async function listen(server: Server | TlsServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** No record is missing, the order is that of the log, and no more than one batch came twice. */
function expectWhole(batches: readonly (readonly string[])[], log: readonly string[]): void {
  const all = batches.flat();
  expect([...new Set(all)]).toEqual(log);
  expect(all.length - log.length).toBeLessThanOrEqual(BATCH);
}

/** The ids in octet-counting frames; half a frame at the end of a connection is none. */
function idsOfFrames(bytes: Buffer): readonly string[] {
  const ids: string[] = [];
  for (let rest = bytes; rest.includes(32); ) {
    const at = rest.indexOf(32) + 1;
    const end = at + Number(rest.subarray(0, at - 1).toString());
    if (!(end <= rest.length)) break;
    ids.push(/ externalId=(\S+)/.exec(rest.subarray(at, end).toString())?.[1] ?? 'none');
    rest = rest.subarray(end);
  }
  return ids;
}

/** Splunk's collector: what it takes and acknowledges is asked for each time. */
async function collector(answers: {
  /** False: the events are not taken, the answer is 503. */
  readonly takes?: (n: number) => boolean;
  readonly acknowledges?: (n: number) => boolean;
}) {
  const { takes = () => true, acknowledges = () => true } = answers;
  const batches: string[][] = [];
  let asked = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      if (request.url?.endsWith('/ack')) {
        const { acks } = JSON.parse(body) as { acks: number[] };
        const done = acks.map((id) => [String(id), acknowledges(id)]);
        response.end(JSON.stringify({ acks: Object.fromEntries(done) }));
        return;
      }
      asked += 1;
      if (!takes(asked)) {
        response.writeHead(503).end('{"code":9}');
        return;
      }
      batches.push(body.split('\n').map((line) => JSON.parse(line).event.record.id as string));
      response.end(JSON.stringify({ code: 0, ackId: batches.length }));
    });
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const port = await listen(server);
  return { batches, asked: () => asked, argv: ['hec', '--url', `http://127.0.0.1:${port}`] };
}

describe('an export killed in the middle', { timeout: 120_000 }, () => {
  it('to Splunk, before the acknowledgement: nothing is lost, one batch comes twice', async () => {
    await workspaceToExport();
    writeFileSync(path('token'), 'a-token\n');
    let dead = false;
    // The second batch is taken, and not acknowledged as long as the first process lives.
    const splunk = await collector({ acknowledges: (n) => n !== 2 || dead });
    const argv = [...splunk.argv, '--token-file', 'token'];
    const first = start(...argv);
    const end = ended(first);
    await expect.poll(() => splunk.batches.length, { timeout: 60_000 }).toBe(2);
    first.kill('SIGKILL');
    expect(await end).toBe('SIGKILL');
    dead = true;
    expect(cursorOfSplunk()).toMatchObject({ next: BATCH });
    expect(await ended(start(...argv))).toBe(0);
    expectWhole(splunk.batches, await idsOfLog());
    expect(splunk.batches[2]).toEqual(splunk.batches[1]);
    const before = splunk.batches.length;
    expect(await ended(start(...argv))).toBe(0);
    expect(splunk.batches).toHaveLength(before);
  });

  it('while the receiver was down: the backlog waits, and is delivered later', async () => {
    await workspaceToExport();
    writeFileSync(path('token'), 'a-token\n');
    let up = false;
    const splunk = await collector({ takes: () => up });
    const argv = [...splunk.argv, '--token-file', 'token'];
    const first = start(...argv);
    const end = ended(first);
    let said = '';
    first.stderr?.on('data', (chunk) => {
      said += String(chunk);
    });
    await expect.poll(() => splunk.asked(), { timeout: 60_000 }).toBeGreaterThan(1);
    await expect.poll(() => said).toContain('trying again');
    first.kill('SIGKILL');
    await end;
    expect(cursorOfSplunk()).toMatchObject({ next: 0 });
    up = true;
    expect(await ended(start(...argv))).toBe(0);
    const log = await idsOfLog();
    expect(splunk.batches.flat()).toEqual(log);
  });

  const openssl = spawnSync('openssl', ['version']).status === 0;

  it.skipIf(!openssl)(
    'to syslog over TLS: every frame that came whole counts, none is lost',
    async () => {
      await workspaceToExport();
      const made = spawnSync('openssl', [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...[
          '-keyout',
          path('key.pem'),
          '-out',
          path('ca.pem'),
          '-days',
          '2',
          '-subj',
          '/CN=localhost',
        ],
        ...['-addext', 'subjectAltName=DNS:localhost'],
      ]);
      expect(made.status).toBe(0);
      const connections: Buffer[][] = [];
      const [key, cert] = [readFileSync(path('key.pem')), readFileSync(path('ca.pem'))];
      const server = createTlsServer({ key, cert }, (socket) => {
        const chunks: Buffer[] = [];
        connections.push(chunks);
        socket.on('error', () => {});
        socket.on('data', (chunk) => chunks.push(chunk));
        closing.push(() => socket.destroy());
      });
      closing.push(() => server.close());
      const address = `tls://localhost:${await listen(server)}`;
      const argv = ['cef', '--syslog', address, '--ca', 'ca.pem'];
      const first = start(...argv, '--watch');
      const end = ended(first);
      const bytes = () => connections.flat().reduce((sum, { length }) => sum + length, 0);
      await expect.poll(bytes, { timeout: 60_000, interval: 1 }).toBeGreaterThan(0);
      first.kill('SIGKILL');
      await end;
      expect(await ended(start(...argv))).toBe(0);
      const log = await idsOfLog();
      const received = () => connections.map((chunks) => idsOfFrames(Buffer.concat(chunks)));
      await expect.poll(() => new Set(received().flat()).size).toBe(log.length);
      expectWhole(received(), log);
    },
  );
});
