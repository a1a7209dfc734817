import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createMemoryStore, type EvidenceStore, openEvidenceLog } from '@spanforge/core-events/log';
import { createMcpProxy, type McpTransport } from '@spanforge/mcp';
import { createProcessTransport } from '@spanforge/mcp/stdio';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { measure, median } from './measure.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    calls: { type: 'string', default: '1000' },
    'in-flight': { type: 'string', default: '1,16' },
    folder: { type: 'string', default: '.' },
  },
});

const PLACE = { tenant: 'acme', project: 'bench', env: 'prod', agent: 'bench', actor: 'alice' };
/** A server that does next to nothing: what is measured is the way there and back. */
const SERVER = `
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  const content = [{ type: 'text', text: 'paid 20' }];
  const tools = [{ name: 'refund', inputSchema: { type: 'object' } }];
  const result = method === 'tools/list' ? { tools } : { content };
  process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
});`;
const KINDS = ['bare', 'memory', 'sqlite'] as const;

interface Subject {
  action(number: number): Promise<void>;
  /** Milliseconds in which at least one commit was under way so far. */
  waitedMs(): number;
  close(): Promise<void>;
}

/** Sends calls, and matches what comes back. */
function caller(send: (message: Record<string, unknown>) => unknown) {
  const waiting = new Map<unknown, (text: string) => void>();
  return {
    take(message: unknown): void {
      const { id } = message as { id: unknown };
      waiting.get(id)?.(JSON.stringify(message));
      waiting.delete(id);
    },
    async action(id: number): Promise<void> {
      const args = { order: 'A-1', amount: 20 };
      const params = { name: 'refund', arguments: args };
      const answered = new Promise<string>((settle) => waiting.set(id, settle));
      send({ jsonrpc: '2.0', id, method: 'tools/call', params });
      if (!(await answered).includes('"paid 20"')) throw new Error('the tool did not run');
    },
  };
}

const server = (): McpTransport =>
  createProcessTransport({ command: process.execPath, args: ['-e', SERVER] });

async function bare(): Promise<Subject> {
  const transport = server();
  const { take, action } = caller((message) => transport.send(message));
  transport.onmessage = take;
  await transport.start();
  return { action, waitedMs: () => 0, close: () => transport.close() };
}

async function proxied(kind: 'memory' | 'sqlite', folder: string): Promise<Subject> {
  const path = join(folder, 'evidence.db');
  const store = kind === 'memory' ? createMemoryStore() : await openSqliteStore({ path });
  let waitedMs = 0;
  // Commits that overlap are counted once.
  let [underWay, since] = [0, 0];
  const append: EvidenceStore['append'] = async (groups) => {
    if (underWay === 0) since = performance.now();
    underWay += 1;
    try {
      return await store.append(groups);
    } finally {
      underWay -= 1;
      if (underWay === 0) waitedMs += performance.now() - since;
    }
  };
  const log = await openEvidenceLog({
    store: { ...store, append },
    origin: 'example.com/bench',
    writer: 'bench',
    hmac: false,
  });
  const { take, action } = caller((message) => client.onmessage?.(message));
  const client: McpTransport = {
    start: async () => undefined,
    send: async (message) => take(message),
    close: async () => undefined,
  };
  const context = { ...PLACE, run: 'run-1', traceId: 'trace-1' };
  const proxy = createMcpProxy({ governor: { log }, context, client, server: server() });
  await proxy.start();
  const close = async (): Promise<void> => {
    await proxy.close();
    await log.close();
  };
  return { action, waitedMs: () => waitedMs, close };
}

console.log(
  '| | in flight | calls/s | p50 ms | p99 ms | over the bare call, p50 ms | share of the commits |',
);
console.log('|---|---|---|---|---|---|---|');
for (const inFlight of values['in-flight'].split(',').map(Number)) {
  let barely = Number.NaN;
  for (const kind of KINDS) {
    const folder = await mkdtemp(join(resolve(values.folder), '.bench-'));
    const one = kind === 'bare' ? await bare() : await proxied(kind, folder);
    const subject = { name: kind, recordBytes: () => 0, ...one };
    try {
      const count = Number(values.calls);
      await measure(subject, { from: 0, count: Math.ceil(count / 4), inFlight });
      const before = subject.waitedMs();
      const rounds = [];
      for (let round = 1; round <= Number(values.rounds); round += 1) {
        rounds.push(await measure(subject, { from: round * count, count, inFlight }));
      }
      const p50 = median(rounds.map(({ p50Ms }) => p50Ms));
      if (kind === 'bare') barely = p50;
      const over = p50 - barely;
      const busyMs = rounds.reduce((sum, { perSecond }) => sum + (count / perSecond) * 1000, 0);
      const share = kind === 'bare' ? undefined : (subject.waitedMs() - before) / busyMs;
      const cells = [
        kind === 'bare' ? 'bare' : `proxy, ${kind}`,
        String(inFlight),
        median(rounds.map(({ perSecond }) => perSecond)).toFixed(0),
        p50.toFixed(2),
        median(rounds.map(({ p99Ms }) => p99Ms)).toFixed(2),
        kind === 'bare' ? '' : over.toFixed(2),
        share === undefined ? '' : `${(share * 100).toFixed(0)} %`,
      ];
      console.log(`| ${cells.join(' | ')} |`);
    } finally {
      await subject.close();
      await rm(folder, { recursive: true, force: true });
    }
  }
}
