import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecordDraft } from '@spanforge/core-events';
import { openEvidenceLog } from '@spanforge/core-events/log';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { drafts } from '../test-log.js';

const PROGRAM = fileURLToPath(new URL('../../test/otel-child.mjs', import.meta.url));
const SECRET = Uint8Array.from({ length: 32 }, (_, step) => (step * 89 + 41) % 256);
const BATCH = 100;
const STEPS = 1000;

/** Where the process says that it is, or the receiver sees it, and it is killed. */
const POINTS = [
  'before-send',
  'received',
  'refused',
  'after-answer',
  'before-save',
  'during-save',
  'after-save',
];

let folder = '';
const closing: (() => void)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'export-spans-'));
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
  rmSync(folder, { recursive: true, force: true });
});

/** Fills a log with steps of an agent; their ids in the order of the log. */
async function fillLog(): Promise<readonly string[]> {
  const log = await openEvidenceLog({
    store: await openSqliteStore({ path: join(folder, 'evidence.db') }),
    origin: 'example.com/spans',
    writer: 'filler',
    hmac: { kid: 'spans', secret: SECRET },
  });
  const [step] = drafts().slice(-1) as [RecordDraft];
  const { ids, receipts } = await log.append(Array.from({ length: STEPS }, () => step));
  await receipts;
  await log.close();
  return ids;
}

/** A receiver that answers 200 unless it is told otherwise; it has what it answered, or could have. */
async function listen() {
  const received: string[][] = [];
  const state = { answer: (response: ServerResponse) => void response.end() };
  const server = createServer(async (request, response) => {
    const body = Buffer.concat((await request.toArray()) as Buffer[]).toString();
    received.push(JSON.parse(body) as string[]);
    state.answer(response);
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/spans`;
  return { received, state, url };
}

function start(options: {
  readonly name: string;
  readonly url: string;
  readonly point?: string;
  readonly metrics?: true;
}) {
  const argv = [PROGRAM, JSON.stringify({ folder, batchRecords: BATCH, ...options })];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  closing.push(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const said = (line: string) =>
    expect.poll(() => output, { timeout: 60_000, interval: 1 }).toContain(`${line}\n`);
  return { child, ended, said };
}

/** Kills a process at each point; says what the receiver took, in order. */
async function killAtEach(kind: { readonly metrics?: true }): Promise<string[][]> {
  const { received, state, url } = await listen();
  const answer = state.answer;
  const taken: string[][] = [];
  for (const point of POINTS) {
    const before = received.length;
    const process = start({ url, name: `at-${point}`, point, ...kind });
    if (point === 'received') {
      state.answer = () => undefined;
      await expect.poll(() => received.length, { timeout: 60_000 }).toBe(before + 1);
    } else if (point === 'refused') {
      state.answer = (response) => void response.writeHead(503).end();
      await process.said('RETRYING');
    } else {
      await process.said(`AT ${point}`);
    }
    process.child.kill('SIGKILL');
    expect(await process.ended, point).toBe(null);
    state.answer = answer;
    // What was refused was not taken, and what was not answered may have been: here, it was not.
    const batches = received.slice(before);
    if (point !== 'refused' && point !== 'received') taken.push(...batches);
  }
  const before = received.length;
  expect(await start({ url, name: 'last', ...kind }).ended).toBe(0);
  taken.push(...received.slice(before));

  const end = received.length;
  expect(await start({ url, name: 'idle', ...kind }).ended).toBe(0);
  expect(received).toHaveLength(end);
  return taken;
}

it('a process killed at every point of an export of spans loses none', {
  timeout: 180_000,
}, async () => {
  const ids = await fillLog();
  const all = (await killAtEach({})).flat();
  expect([...new Set(all)]).toEqual(ids);
  // Each kill repeats the batch that was on its way, and no more.
  expect(all.length).toBeGreaterThan(ids.length);
  expect(all.length - ids.length).toBeLessThanOrEqual(POINTS.length * BATCH);
});

it('a process killed at every point of an export of metrics loses no count', {
  timeout: 180_000,
}, async () => {
  await fillLog();
  // Counts are cumulative: of each process the last one it delivered stands.
  const counts = new Map<string, number>();
  for (const [name = '', count] of await killAtEach({ metrics: true })) {
    counts.set(name, Number(count));
  }
  const counted = [...counts.values()].reduce((sum, one) => sum + one, 0);
  expect(counted).toBeGreaterThan(STEPS);
  expect(counted - STEPS).toBeLessThanOrEqual(POINTS.length * BATCH);
});
