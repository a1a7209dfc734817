import { mkdtemp, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createProjection, fsck } from '@spanforge/core-events/log';
import { executionStartedV1, policyLifecycleV1 } from '@spanforge/core-events/records';
import {
  createFrontier,
  formatVkey,
  generateSigningKey,
  toHex,
  toVerificationKey,
  verifyCheckpoint,
} from '@spanforge/core-signing';
import { auditLog, createOperator } from '@spanforge/operator';
import { decisionsOfLog, replay, replayInRanges } from '@spanforge/policy-rollout';
import { type BenchEvidence, fillEvidence, openEvidence, openToRead } from './evidence-log.js';
import { startReplayer } from './evidence-replayer.js';
import { BENCH_BUNDLE } from './governed.js';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '100000' },
    /** Where the log is made; it stays there and is used again. A folder that is removed when absent. */
    folder: { type: 'string' },
    /** Only these lines, by the beginning of their name, such as `fsck,inspect`. */
    only: { type: 'string', default: '' },
    /** How often `verify`, `fsck` and `audit` are run; the last counts, when the code is warm. */
    rounds: { type: 'string', default: '1' },
    /** Threads of the second `replay`. */
    threads: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
  },
});

const RECORDS = Number(values.records);
const ONLY = values.only.split(',').filter((one) => one !== '');

interface Line {
  readonly name: string;
  readonly result: string;
  readonly aim: string;
  readonly met: boolean;
}

const lines: Line[] = [];

async function clocked<T>(work: () => Promise<T>): Promise<{
  readonly seconds: number;
  /** Processor time of all threads. */
  readonly cpu: number;
  readonly value: T;
}> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  const value = await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpu: (user + system) / 1e6, value };
}

const wanted = (name: string): boolean =>
  ONLY.length === 0 || ONLY.some((one) => name.startsWith(one));

async function line(
  name: string,
  aim: string,
  run: () => Promise<{ readonly result: string; readonly met: boolean }>,
): Promise<void> {
  if (!wanted(name)) return;
  const { result, met } = await run();
  lines.push({ name, result, aim, met });
  process.stderr.write(`${name}: ${result}\n`);
}

const round = (value: number): string => Math.round(value).toLocaleString('en');

const AIM = 150_000;
/** Stored rows hold some two hundred records: few of them are cut by the end of what is read at once. */
const AT_ONCE = 2048;
/** Traces that are inspected. */
const TRACES = 400;

/** Records a second of processor time of all threads: another process on the machine shows less in it. */
async function perCore(
  count: number,
  work: () => Promise<unknown>,
): Promise<{ readonly result: string; readonly met: boolean }> {
  for (let round = 1; round < Number(values.rounds); round += 1) await work();
  const { seconds, cpu } = await clocked(work);
  const rate = count / cpu;
  return { result: `${round(rate)} (${seconds.toFixed(1)} s)`, met: rate > AIM };
}

interface Times {
  readonly p50: number;
  readonly p99: number;
  readonly result: string;
}

/** Milliseconds of a piece of work at places all over the log; the first tenth is left out. */
async function eachTook(times: number, work: (share: number) => Promise<unknown>): Promise<Times> {
  const took: number[] = [];
  let processor = 0;
  for (let n = 0; n < times; n += 1) {
    const { seconds, cpu } = await clocked(() => work(n / times));
    if (n < times / 10) continue;
    took.push(seconds * 1000);
    processor += cpu * 1000;
  }
  took.sort((a, b) => a - b);
  const [p50 = 0, p99 = 0] = [0.5, 0.99].map((share) => took[Math.floor(took.length * share)]);
  const each = (processor / took.length).toFixed(2);
  const result = `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, processor ${each} ms each`;
  return { p50, p99, result };
}

/** Every record against its leaf and HMAC, and all leaves against what the log's key has signed. */
async function verifyWhole({ log, logKey, store }: BenchEvidence): Promise<void> {
  const released = await log.checkpointer.latest();
  if (released === undefined) throw new Error('no checkpoint');
  const verified = await verifyCheckpoint(released.note, {
    origin: log.origin,
    verifiers: [logKey],
  });
  if (!verified.ok) throw new Error(verified.reason);
  const { size, root } = released;
  const frontier = createFrontier(undefined, 'compare');
  while (frontier.size < size) {
    const count = Math.min(AT_ONCE, size - frontier.size);
    const rows = await store.rows(frontier.size, count);
    if (rows.length === 0) throw new Error('records are missing');
    for (const row of rows) {
      const taken = Math.min(row.count, size - row.first);
      for (let at = 0; at < taken; at += 1) {
        if (log.skimRow?.(row, at)) continue;
        const [stored] = await store.read(row.first + at, 1);
        if (!stored || !log.decode(stored).ok)
          throw new Error(`record ${row.first + at} is not whole`);
      }
      frontier.extend(row.leaves.subarray(0, taken * 32));
    }
  }
  if (toHex(frontier.root()) !== toHex(root)) throw new Error('another root was signed');
}

interface Replayed {
  readonly decisions: number;
  readonly inputSha256: string;
}

async function replayAlone({ log: reader }: BenchEvidence): Promise<Replayed> {
  const source = decisionsOfLog({ reader });
  const { decisions } = await replay(source, { candidate: BENCH_BUNDLE });
  return { decisions, inputSha256: source.inputDigest() };
}

/** The threads are started and ended within the time that counts. */
async function replayInThreads({ log }: BenchEvidence, folder: string): Promise<Replayed> {
  const threads = Array.from({ length: Number(values.threads) }, () => startReplayer(folder));
  const { report, inputSha256 } = await replayInRanges({
    candidate: BENCH_BUNDLE,
    end: await log.size(),
    replayers: threads.map(({ replay }) => replay),
  });
  await Promise.all(threads.map(({ end }) => end()));
  return { decisions: report.decisions, inputSha256 };
}

async function measureReplay(evidence: BenchEvidence, folder: string): Promise<void> {
  const digests = new Set<string>();
  const measure = (name: string, work: () => Promise<Replayed>) =>
    line(name, '100,000 decisions/s', async () => {
      const { seconds, cpu, value } = await clocked(work);
      digests.add(value.inputSha256);
      const rate = value.decisions / seconds;
      const perCpu = round(value.decisions / cpu);
      const result = `${round(rate)} decisions/s, ${perCpu} a second of processor time`;
      return { result, met: rate > 100_000 };
    });
  await measure('replay: from the log', () => replayAlone(evidence));
  await measure(`replay: in ${values.threads} threads`, () => replayInThreads(evidence, folder));
  if (digests.size > 1) throw new Error('the replays read different records');
}

/** Traces all over the log, which are looked up beside the log that is measured. */
async function tracesOver(folder: string, size: number): Promise<readonly string[]> {
  const reader = await openToRead(folder);
  const found: string[] = [];
  for (let at = 0; at < TRACES; at += 1) {
    // Not at the very end, where there may be no start of a call.
    const cursor = Math.floor((size * at * 0.95) / TRACES);
    const { records } = await reader.query({ types: [executionStartedV1.key], cursor, limit: 1 });
    for (const { context } of records) found.push(context.traceId);
  }
  await reader.close();
  return found;
}

async function measureReading(
  evidence: BenchEvidence,
  folder: string,
  size: number,
): Promise<void> {
  const { log, mark, logKey, signer } = evidence;
  const packageKeys = [
    await generateSigningKey({ alg: 'Ed25519', role: 'package' }),
    await generateSigningKey({ alg: 'ES256', role: 'package' }),
  ];
  const operator = createOperator({
    reader: log,
    checkpointer: log.checkpointer,
    packageKeys,
    logKey: formatVkey(log.origin, toVerificationKey(signer)),
  });
  const traces = await tracesOver(folder, size);
  const trace = (share: number): string => traces[Math.floor(share * traces.length)] ?? '';
  await line('export: the first after opening', 'under 1 s', async () => {
    const { seconds } = await clocked(() => operator.exportPackage({ traceId: trace(0.5) }));
    return { result: `${(seconds * 1000).toFixed(0)} ms`, met: seconds < 1 };
  });
  await line('export: one trace after another', 'under 100 ms at p50', async () => {
    const { p50, result } = await eachTook(60, (share) =>
      operator.exportPackage({ traceId: trace(share) }),
    );
    return { result, met: p50 < 100 };
  });
  await line('inspect: one trace', 'under 5 ms at p99', async () => {
    const { p99, result } = await eachTook(TRACES, async (share) => {
      const { status } = await operator.inspectTrace(trace(share));
      if (status === 'no_evidence') throw new Error('no such trace');
    });
    return { result, met: p99 < 5 };
  });
  await line('verify: leaves, HMACs and root', `${round(AIM)} records/s per core`, () =>
    perCore(size, () => verifyWhole(evidence)),
  );
  await line('fsck: whole log', `${round(AIM)} records/s per core`, () =>
    perCore(size, async () => {
      const { findings } = await fsck({ log, mark, logKey });
      const wrong = findings.filter(({ severity }) => severity === 'error');
      if (wrong.length > 0) throw new Error(JSON.stringify(wrong.slice(0, 3)));
    }),
  );
  await line('audit: traces and values', '', () =>
    perCore(size, async () => {
      const { traces, values } = await auditLog(log);
      const wrong = traces.violationCount + values.missingCount;
      if (wrong > 0) throw new Error(`${wrong} violations and missing values`);
    }),
  );
}

async function main(folder: string): Promise<void> {
  const filled = await clocked(async () => {
    const evidence = await openEvidence(folder, 1000);
    const before = await evidence.log.size();
    await fillEvidence(evidence, RECORDS, (size) => process.stderr.write(`\rfilled ${size}`));
    const made = (await evidence.log.size()) - before;
    await evidence.log.close();
    return made;
  });
  process.stderr.write(`\rfilled ${filled.value} records in ${filled.seconds.toFixed(0)} s\n`);
  await line('start: a service from its state', 'under 1 s', async () => {
    const { seconds, value } = await clocked(async () => {
      const evidence = await openEvidence(folder, 0);
      const state = createProjection({
        reader: evidence.log,
        types: [
          policyLifecycleV1.key,
          'spanforge.manifest.agent.v1',
          'spanforge.manifest.actor.v1',
        ],
        empty: () => ({ count: 0 }),
        apply: (counted) => {
          counted.count += 1;
        },
      });
      const { state: read } = await state.current();
      return { evidence, read };
    });
    await value.evidence.log.close();
    return {
      result: `${(seconds * 1000).toFixed(0)} ms, ${value.read.count} records of state`,
      met: seconds < 1,
    };
  });
  const evidence = await openEvidence(folder, 0);
  const size = await evidence.log.size();
  await measureReading(evidence, folder, size);
  await measureReplay(evidence, folder);
  await evidence.log.close();
  const { size: bytes } = await stat(join(folder, 'evidence.db'));
  const peak = process.resourceUsage().maxRSS / 1024;
  if (values.json) console.log(JSON.stringify({ records: size, bytes, peakMb: peak, lines }));
  else {
    console.log(
      `${round(size)} records, ${round(bytes / 1e6)} MB; peak memory ${round(peak)} MB\n`,
    );
    console.log('| what | measured | aim | met |\n| --- | --- | --- | --- |');
    for (const one of lines) {
      console.log(
        `| ${one.name} | ${one.result} | ${one.aim} | ${one.aim === '' ? '' : one.met ? 'yes' : 'no'} |`,
      );
    }
  }
}

const folder =
  values.folder === undefined
    ? await mkdtemp(join(resolve('.'), 'evidence-'))
    : resolve(values.folder);
try {
  await main(folder);
} finally {
  if (values.folder === undefined) await rm(folder, { recursive: true, force: true });
}
