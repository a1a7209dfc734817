// Groups per second with a number of callers in flight, each waiting for its acknowledgement
// before it appends again; with each SQLite that this runtime has.
// Usage: node bench/append.mjs [seconds] [pipelined appends] [MiB of the write-ahead log]
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '@spanforge/store-sqlite';

const seconds = Number(process.argv[2] ?? 2);
const depth = Number(process.argv[3] ?? 2);
const walLimitBytes = Number(process.argv[4] ?? 4) * 1024 * 1024;
const TYPES = ['scope', 'rbac', 'policy.decision', 'explanation', 'execution.started', 'lineage'];
const filler = randomBytes(1024 * 64);
const tag = randomBytes(32);

/** Six records of 1 KB, as one governed action appends them. */
export function makeGroup() {
  const trace = randomBytes(16).toString('hex');
  const run = randomBytes(8).toString('hex');
  const start = filler[0] * 64;
  return {
    records: TYPES.map((type) => ({
      bytes: filler.subarray(start, start + 1024),
      leaf: randomBytes(32),
      mac: { kid: 'record-1', tag },
      timeMs: Date.now(),
      terms: [
        `trace:${trace}`,
        `run:${run}`,
        `type:spanforge.${type}.v1`,
        'tenant:acme',
        'project:claims',
        'outcome:allow',
      ],
      disclosures: [],
    })),
  };
}

/** Gathers what is appended while commits are under way, as the evidence log does. */
export function createGroupCommit(store, maxInFlight) {
  let waiting = [];
  let inFlight = 0;
  let scheduled = false;
  const flush = async () => {
    scheduled = false;
    if (waiting.length === 0 || inFlight >= maxInFlight) return;
    const batch = waiting;
    waiting = [];
    inFlight += 1;
    await store.append(batch.map(({ group }) => group));
    inFlight -= 1;
    for (const { resolve } of batch) resolve();
    schedule();
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  };
  return (group) =>
    new Promise((resolve) => {
      waiting.push({ group, resolve });
      schedule();
    });
}

export async function drive(store, callers, maxInFlight, forSeconds) {
  const append = createGroupCommit(store, maxInFlight);
  const latencies = [];
  const end = performance.now() + forSeconds * 1000;
  const started = performance.now();
  const busyBefore = performance.eventLoopUtilization();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < end) {
        const before = performance.now();
        await append(makeGroup());
        latencies.push(performance.now() - before);
      }
    }),
  );
  const busy = performance.eventLoopUtilization(busyBefore).utilization;
  latencies.sort((a, b) => a - b);
  return {
    callers,
    groupsPerSecond: Math.round((latencies.length / (performance.now() - started)) * 1000),
    p50Ms: Number(latencies[latencies.length >> 1].toFixed(2)),
    p99Ms: Number(latencies[Math.floor(latencies.length * 0.99)].toFixed(2)),
    maxMs: Number(latencies.at(-1).toFixed(2)),
    eventLoop: Number(busy.toFixed(2)),
  };
}

if (import.meta.url === `file://${process.argv[1]}`) {
  for (const driver of ['node', 'libsql']) {
    const folder = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), 'store-sqlite-bench-'));
    const path = join(folder, 'evidence.db');
    const store = await openSqliteStore({ path, walLimitBytes, driver }).catch((error) => {
      if (error.details?.reason !== 'no_driver') throw error;
      console.log({ node: process.version, driver, skipped: error.message });
    });
    for (const callers of store ? [1, 16, 64, 256] : []) {
      const measured = await drive(store, callers, depth, seconds);
      console.log({ node: process.version, driver, ...measured });
    }
    await store?.close();
    await rm(folder, { recursive: true });
  }
}
