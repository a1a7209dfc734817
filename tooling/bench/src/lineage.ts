import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createLineage, graphOf, type Lineage } from '@spanforge/lineage';
import {
  dataName,
  fill,
  openLineageLog,
  STEPS,
  STEPS_OF_SUBJECT,
  subjectName,
  subjectsIn,
  traceName,
  wholeTraces,
} from './lineage-log.js';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '200000' },
    asks: { type: 'string', default: '200' },
    json: { type: 'boolean', default: false },
    folder: { type: 'string', default: '.' },
  },
});

interface Question {
  readonly name: string;
  /** Asks about the `at`-th of `of` places in the log, and says how much the answer holds. */
  readonly ask: (lineage: Lineage, records: number, at: number, of: number) => Promise<number>;
  /** What every answer must hold. */
  readonly size: number;
}

const place = (count: number, at: number, of: number): number => Math.floor((count * at) / of);

const QUESTIONS: readonly Question[] = [
  {
    name: 'listForSubject',
    size: STEPS_OF_SUBJECT,
    async ask(lineage, records, at, of) {
      const subject = subjectName(place(subjectsIn(records), at, of));
      return (await lineage.listForSubject(subject)).length;
    },
  },
  {
    name: 'listForTrace',
    size: STEPS,
    async ask(lineage, records, at, of) {
      return (await lineage.listForTrace(traceName(place(wholeTraces(records), at, of)))).length;
    },
  },
  {
    name: 'ancestors',
    size: STEPS - 1,
    async ask(lineage, records, at, of) {
      const trace = place(wholeTraces(records), at, of);
      return (await lineage.ancestors(dataName(trace, STEPS - 1))).data.length;
    },
  },
  {
    name: 'trace graph',
    // A node for each step and for what it made.
    size: 2 * STEPS,
    async ask(lineage, records, at, of) {
      const steps = await lineage.listForTrace(traceName(place(wholeTraces(records), at, of)));
      return graphOf(steps).nodes.length;
    },
  },
];

interface Row {
  readonly records: number;
  readonly question: string;
  readonly answer: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Records the store handed out for one question. */
  readonly rows: number;
}

async function askAll(
  { name, ask, size }: Question,
  lineage: Lineage,
  records: number,
  rows: () => number,
): Promise<Row> {
  const asks = Number(values.asks);
  const times: number[] = [];
  const before = rows();
  for (let at = 0; at < asks; at += 1) {
    const began = performance.now();
    const answer = await ask(lineage, records, at, asks);
    times.push(performance.now() - began);
    if (answer !== size) throw new Error(`${name}: ${answer} of ${size} in the answer`);
  }
  times.sort((a, b) => a - b);
  const share = (part: number): number => times[Math.floor(times.length * part)] ?? Number.NaN;
  const handedOut = (rows() - before) / asks;
  const timed = { p50Ms: share(0.5), p99Ms: share(0.99) };
  return { records, question: name, answer: size, ...timed, rows: handedOut };
}

async function measureAt(records: number): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(resolve(values.folder), '.bench-'));
  const { log, rows } = await openLineageLog(join(folder, 'evidence.db'));
  const show = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  };
  try {
    await fill(log, records, (done) => show(`${done} of ${records} records`));
    show('');
    const lineage = createLineage({ recorder: log, reader: log });
    const found: Row[] = [];
    for (const question of QUESTIONS) {
      found.push(await askAll(question, lineage, records, rows));
    }
    return found;
  } finally {
    await log.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const records = Number(values.records);
if (!Number.isSafeInteger(records) || records < 10_000) {
  throw new Error('--records: a whole number, 10000 or more');
}
const sizes = [...new Set([10_000, 100_000, records])]
  .filter((size) => size <= records)
  .sort((one, other) => one - other);
const all: Row[] = [];
for (const size of sizes) all.push(...(await measureAt(size)));

if (values.json) {
  console.log(JSON.stringify(all, null, 2));
} else {
  console.log(
    '| question | records in the log | in the answer | p50 ms | p99 ms | rows handed out |',
  );
  console.log('|---|---|---|---|---|---|');
  for (const { name } of QUESTIONS) {
    for (const row of all.filter(({ question }) => question === name)) {
      const times = `${row.p50Ms.toFixed(2)} | ${row.p99Ms.toFixed(2)}`;
      console.log(`| ${name} | ${row.records} | ${row.answer} | ${times} | ${row.rows} |`);
    }
  }
}
