import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEvidenceLog } from '@spanforge/core-events/log';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordsOf } from '../testing/fixtures.js';

const PROGRAM = fileURLToPath(new URL('../../test/notify-child.mjs', import.meta.url));
const SECRET = Uint8Array.from({ length: 32 }, (_, step) => (step * 89 + 41) % 256);

/** Where the process says that it is, and is killed. */
const POINTS = [
  'before-requested',
  'during-requested',
  'after-requested',
  'before-resolved',
  'during-resolved',
  'after-resolved',
  'before-send',
  'after-answer',
  'before-save',
  'during-save',
  'after-save',
] as const;
/** Where the receiver sees that it is: it has the request and has not answered, or has refused it. */
const AT_RECEIVER = ['received', 'between-attempts'] as const;

/** How `notify-child.mjs` is run. */
interface NotifyOptions {
  readonly name: string;
  readonly calls: readonly number[];
  readonly point?: (typeof POINTS | typeof AT_RECEIVER)[number];
}

interface Received {
  readonly id: string;
  readonly body: string;
}

let folder = '';
const closing: (() => void)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'govern-notify-'));
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
  rmSync(folder, { recursive: true, force: true });
});

const readBody = async (request: IncomingMessage): Promise<string> =>
  Buffer.concat((await request.toArray()) as Buffer[]).toString();

/** A receiver that checks signatures, and answers 204 unless it is told otherwise. */
async function listen() {
  const received: Received[] = [];
  const state = { answer: (response: ServerResponse) => void response.writeHead(204).end() };
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    const header = (name: string) => String(request.headers[name]);
    const id = header('webhook-id');
    const signed = `${id}.${header('webhook-timestamp')}.${body}`;
    const mac = createHmac('sha256', SECRET).update(signed).digest('base64');
    expect(header('webhook-signature')).toBe(`v1,${mac}`);
    received.push({ id, body });
    state.answer(response);
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return { received, state, url };
}

function start(options: NotifyOptions & { readonly url: string }) {
  const child: ChildProcess = spawn(
    process.execPath,
    [PROGRAM, JSON.stringify({ folder, ...options })],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  closing.push(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += String(chunk);
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const said = (line: string) =>
    expect.poll(() => output, { timeout: 60_000, interval: 1 }).toContain(`${line}\n`);
  return { child, ended, said };
}

/** All calls so far: what was cut off is made again, and a new one is made. */
const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, step) => step + 1);

/** What the log holds about reviews, in its order. */
async function reviewsOfLog() {
  const store = await openSqliteStore({ path: join(folder, 'evidence.db') });
  const log = await openEvidenceLog({
    ...{ store, origin: 'example.com/notify', writer: 'reader' },
    ...{ hmac: { kid: 'notify', secret: SECRET } },
  });
  const records = await recordsOf(log);
  await log.close();
  return records.filter(({ type }) => type.startsWith('spanforge.review.'));
}

test('a process killed at every point of a notification: the next one tells it, under the same id', {
  timeout: 180_000,
}, async () => {
  const { received, state, url } = await listen();
  const answer = state.answer;
  let n = 0;
  let kills = 0;
  for (const point of [...POINTS, ...AT_RECEIVER]) {
    n += 1;
    const process = start({ url, name: `w${n}`, calls: upTo(n), point });
    if (point === 'received') {
      const before = received.length;
      state.answer = () => undefined;
      await expect.poll(() => received.length, { timeout: 60_000 }).toBe(before + 1);
    } else {
      if (point === 'between-attempts') state.answer = (one) => void one.writeHead(503).end();
      await process.said(`AT ${point}`);
    }
    process.child.kill('SIGKILL');
    expect(await process.ended, point).toBe(null);
    kills += 1;
    state.answer = answer;
  }
  const last = start({ url, name: 'last', calls: upTo(n) });
  expect(await last.ended).toBe(0);
  await last.said('DONE all');

  const records = await reviewsOfLog();
  const kinds = records.map(({ type }) => type.split('.')[2]);
  expect(kinds.filter((kind) => kind === 'requested')).toHaveLength(n);
  expect(kinds.filter((kind) => kind === 'resolved')).toHaveLength(n);
  // Whoever drops what has an id that came before is told everything once, in the order of the log.
  const once = new Map(received.map(({ id, body }) => [id, body]));
  expect([...once.keys()]).toEqual(records.map(({ id }) => id));
  for (const { id, body } of received) expect(body).toBe(once.get(id));
  // A kill repeats the one notification that was on its way, and no more.
  expect(received.length - once.size).toBeGreaterThan(0);
  expect(received.length - once.size).toBeLessThanOrEqual(kills);

  const before = received.length;
  expect(await start({ url, name: 'idle', calls: [] }).ended).toBe(0);
  expect(received).toHaveLength(before);
});
