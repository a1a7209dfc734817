import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { EvidenceLog } from '@spanforge/core-events/log';
import { countHashing, type HashCount } from './counted-hashing.js';
import { type BenchEvidence, fillEvidence, openEvidence } from './evidence-log.js';
import { governedOn } from './governed.js';
import { measure, median } from './measure.js';
import type { TimeRow } from './stage-table.js';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '100000' },
    actions: { type: 'string', default: '4000' },
    rounds: { type: 'string', default: '3' },
    folder: { type: 'string', default: '.' },
    json: { type: 'boolean', default: false },
  },
});

const RECORDS = Number(values.records);
const ACTIONS = Number(values.actions);
const OPTIONS = { hmac: true, commits: 2, store: 'sqlite', checkpoints: true } as const;

interface Written {
  rows: number;
  bytes: number;
}

/** What signing, tiles and the index write, by the beginning of the key. */
function countWriting({ store }: BenchEvidence): Map<string, Written> {
  const written = new Map<string, Written>();
  const put = store.putDerived;
  Object.assign(store, {
    putDerived: (entries: Parameters<typeof put>[0]) => {
      for (const [key, bytes] of entries) {
        const kind = key.split('/')[0] ?? key;
        const sum = written.get(kind) ?? { rows: 0, bytes: 0 };
        written.set(kind, { rows: sum.rows + 1, bytes: sum.bytes + bytes.length });
      }
      return put(entries);
    },
  });
  return written;
}

/** Signs batches of actions that were appended unsigned: what is added to them is the proof. */
async function costOfSigning(folder: string, hashed: HashCount) {
  const evidence = await openEvidence(join(folder, 'signing'), 0);
  const { log } = evidence;
  const subject = await governedOn(log, async () => undefined, OPTIONS);
  await log.checkpointer.checkpoint();
  const rows = [];
  let action = 0;
  for (const batch of [1, 16, 256, ACTIONS]) {
    const from = await log.size();
    for (let until = action + batch; action < until; action += 1) await subject.action(action);
    const records = (await log.size()) - from;
    const written = countWriting(evidence);
    const [calls, bytes] = [hashed.calls, hashed.bytes];
    const cpu = process.cpuUsage();
    await log.checkpointer.checkpoint();
    const { user, system } = process.cpuUsage(cpu);
    const all = [...written.values()];
    rows.push({
      actions: batch,
      records,
      cpuUs: (user + system) / batch,
      hashes: (hashed.calls - calls) / batch,
      hashedBytes: (hashed.bytes - bytes) / batch,
      rows: all.reduce((sum, one) => sum + one.rows, 0),
      rowBytes: all.reduce((sum, one) => sum + one.bytes, 0) / batch,
      indexBytes: (written.get('index')?.bytes ?? 0) / batch,
    });
  }
  await log.close();
  return rows;
}

const NEW_RUNS = [1, 9, 90, 900, 4000];

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function readRun(log: EvidenceLog, run: string): Promise<number> {
  let records = 0;
  for await (const _ of log.readRun?.(run, ['spanforge.execution.ended.v1']) ?? []) records += 1;
  return records;
}

const oldRun = (at: number): string =>
  `run-01J9Z8Y7X6W5V4T3S2R1${String(Math.floor(at / 10)).padStart(6, '0')}`;

/** Look-ups of a service that was just started on a long log. */
async function costOfLooking(folder: string, hashed: HashCount) {
  const path = join(folder, 'looking');
  const filled = await openEvidence(path, 1000);
  await fillEvidence(filled, RECORDS, () => undefined);
  await filled.log.close();
  const { log, store } = await openEvidence(path, 0);
  const size = await log.size();
  const rows = [];
  rows.push({
    what: 'comparing the newest records',
    of: 1,
    ms: await timed(async () => log.requireRecentIndex?.()),
    hashes: 0,
  });
  let next = 0;
  for (const count of NEW_RUNS) {
    const before = hashed.calls;
    const ms = await timed(async () => {
      for (const end = next + count; next < end; next += 1) await readRun(log, `run-new-${next}`);
    });
    const hashes = (hashed.calls - before) / count;
    rows.push({
      what: `new runs, from the ${next - count + 1}. on`,
      of: count,
      ms: ms / count,
      hashes,
    });
  }
  const runs = Array.from({ length: 100 }, (_, at) => oldRun(10 * (at + 2)));
  const before = hashed.calls;
  const ms = await timed(async () => {
    for (const run of runs) await readRun(log, run);
  });
  rows.push({
    what: 'earlier runs, read back',
    of: 100,
    ms: ms / 100,
    hashes: (hashed.calls - before) / 100,
  });
  const believed = await timed(async () => {
    for (let at = 0; at < 1000; at += 1) {
      await store.find({ terms: [`run:run-other-${at}`], from: 0, limit: 1 });
    }
  });
  rows.push({
    what: 'new runs, as the database has them',
    of: 1000,
    ms: believed / 1000,
    hashes: 0,
  });
  await log.close();
  return { size, rows };
}

/** Governed calls with all of it, without looking up and without signing, in turn. */
async function costForCalls(folder: string) {
  const kinds = [
    { name: 'signed index', signs: true, looks: true },
    { name: 'signed, runs believed', signs: true, looks: false },
    { name: 'neither', signs: false, looks: false },
  ];
  const found = kinds.map(({ name }) => ({
    name,
    perSecond: [] as number[],
    cpuUs: [] as number[],
  }));
  // The first kind is measured once for nothing: the code that all share is compiled then.
  for (let round = -1; round < Number(values.rounds); round += 1) {
    for (let turn = 0; turn < (round < 0 ? 1 : kinds.length); turn += 1) {
      // Each kind comes first in turn: what the machine does meanwhile hits all of them.
      const at = (turn + Math.max(0, round)) % kinds.length;
      const { signs = true, looks = true } = kinds[at] ?? {};
      const path = join(folder, `calls-${round}-${at}`);
      const { log } = await openEvidence(path, signs ? 1000 : 0);
      const { readRun: _, requireRecentIndex: __, ...believing } = log;
      const used: EvidenceLog = looks ? log : believing;
      const subject = await governedOn(used, () => log.close(), OPTIONS);
      await measure(subject, { from: 0, count: 500, inFlight: 16 });
      const one = await measure(subject, { from: 500, count: ACTIONS, inFlight: 16 });
      if (round >= 0) {
        found[at]?.perSecond.push(one.perSecond);
        found[at]?.cpuUs.push(one.cpuUs);
      }
      await log.close();
    }
  }
  return found.map(({ name, perSecond, cpuUs }) => ({
    ...{ name, perSecond: median(perSecond), cpuUs: median(cpuUs) },
    best: Math.min(...cpuUs),
  }));
}

interface Profiled {
  readonly actions: number;
  readonly cpuUs: number;
  readonly stages: readonly TimeRow[];
}

/**
 * Where the main thread of governed calls is, by a profile of a process of its own that runs the sources: the
 * parts of the proof are told apart by the files that do their work.
 */
async function shareOfIndex(folder: string) {
  const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--conditions=@spanforge/source', '--import', script('run-sources.js')],
    ...[script('profile.js'), '--json', '--commits', '2', '--in-flight', '16'],
    ...['--warm-up', '3000', '--actions', String(3 * ACTIONS), '--folder', folder],
  ]);
  const { actions, cpuUs, stages } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Profiled;
  const busyUs = stages.reduce((sum, { name, us }) => sum + (name === 'idle' ? 0 : us), 0);
  return ['checkpoints and tree', 'signed index: built', 'signed index: asked'].map((name) => {
    const us = (stages.find((stage) => stage.name === name)?.us ?? 0) / actions;
    return { name, us, ofThread: us / (busyUs / actions), ofAll: us / cpuUs };
  });
}

const table = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const one = (number: number): string => number.toFixed(number < 10 ? 2 : 0);

const folder = await mkdtemp(join(resolve(values.folder), '.proof-'));
try {
  const hashed = countHashing();
  const signing = await costOfSigning(folder, hashed);
  const looking = await costOfLooking(folder, hashed);
  const calls = await costForCalls(folder);
  const shares = await shareOfIndex(folder);
  if (values.json) console.log(JSON.stringify({ signing, looking, calls, shares }, undefined, 2));
  else {
    console.log('Signing, beyond what an append costs, for each action:\n');
    console.log(
      table([
        [
          'actions in the batch',
          'records',
          'CPU, µs',
          'hashes',
          'bytes hashed',
          'rows of the batch',
          'bytes written',
          'of it index',
        ],
        Array.from({ length: 8 }, () => '---'),
        ...signing.map((row) => [
          ...[row.actions, row.records, one(row.cpuUs), one(row.hashes), one(row.hashedBytes)],
          ...[row.rows, one(row.rowBytes), one(row.indexBytes)],
        ]),
      ]),
    );
    console.log(`\nLooking runs up after a start, in a log of ${looking.size} records:\n`);
    console.log(
      table([
        ['look-up', 'of', 'ms each', 'hashes each'],
        ['---', '---', '---', '---'],
        ...looking.rows.map((row) => [row.what, row.of, row.ms.toFixed(3), one(row.hashes)]),
      ]),
    );
    console.log('\nGoverned calls, 16 in flight, two commits:\n');
    const [whole] = calls;
    console.log(
      table([
        ['evidence', 'calls/s', 'CPU, µs', 'least CPU, µs', 'calls/s of the first'],
        ['---', '---', '---', '---', '---'],
        ...calls.map((row) => [
          ...[row.name, one(row.perSecond), one(row.cpuUs), one(row.best)],
          ((whole?.perSecond ?? 0) / row.perSecond).toFixed(2),
        ]),
      ]),
    );
    console.log('\nOf these calls, by a profile of the main thread:\n');
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    console.log(
      table([
        ['part of the proof', 'µs a call', 'of the main thread', 'of all processor time'],
        ['---', '---', '---', '---'],
        ...shares.map(({ name, us, ofThread, ofAll }) => [
          ...[name, us.toFixed(1), percent(ofThread), percent(ofAll)],
        ]),
      ]),
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
