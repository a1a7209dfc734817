import { createHook } from 'node:async_hooks';
import { mkdtemp, rm } from 'node:fs/promises';
import { type Profiler, Session } from 'node:inspector/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type GovernedSubject, governed } from './governed.js';

const { values } = parseArgs({
  options: { folder: { type: 'string', default: '.' }, json: { type: 'boolean', default: false } },
});

/** What one governed call costs, counted instead of timed: the machine's load does not show in it. */
interface Cost {
  readonly commits: 1 | 2;
  readonly canonicalisations: number;
  readonly promises: number;
  readonly timers: number;
  /** Calls of functions of this repository, and how many different ones. */
  readonly calls: number;
  readonly functions: number;
  readonly records: number;
  readonly recordBytes: number;
  /** Disclosed values, as they are stored. */
  readonly values: number;
  readonly valueBytes: number;
}

const WARM_UP = 50;
/** Calls whose counts are averaged: what runs once in a while does not fall on one of them. */
const COUNTED = 20;

async function countAsync(
  work: () => Promise<void>,
): Promise<{ promises: number; timers: number }> {
  const counts = { promises: 0, timers: 0 };
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') counts.promises += 1;
      else if (type === 'Timeout') counts.timers += 1;
    },
  });
  hook.enable();
  await work();
  hook.disable();
  return counts;
}

type Function = Profiler.FunctionCoverage;

/** Functions of our packages that ran, with how often. */
async function countCalls(work: () => Promise<void>): Promise<readonly Function[]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await session.post('Profiler.takePreciseCoverage');
  await work();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  return result
    .filter(({ url }) => url.startsWith('file:') && !/node_modules\/(?!@spanforge)/.test(url))
    .flatMap(({ functions }) => functions)
    .filter(({ functionName, ranges }) => functionName !== '' && (ranges[0]?.count ?? 0) > 0);
}

const timesOf = ({ ranges }: Function): number => ranges[0]?.count ?? 0;

async function costOf(subject: GovernedSubject, commits: 1 | 2): Promise<Cost> {
  let number = 0;
  const act = async (count: number): Promise<void> => {
    // Each in a run of its own, one after the other: nothing is shared between them.
    for (let n = 0; n < count; n += 1) {
      number += 10;
      await subject.action(number);
    }
  };
  await act(WARM_UP);
  const { promises, timers } = await countAsync(() => act(COUNTED));
  const functions = await countCalls(() => act(COUNTED));
  const sum = (found: readonly Function[]): number =>
    Math.round(found.reduce((all, one) => all + timesOf(one), 0) / COUNTED);
  return {
    commits,
    canonicalisations: sum(functions.filter((one) => one.functionName === 'canonicalizeWithout')),
    promises: Math.round(promises / COUNTED),
    timers: Math.round(timers / COUNTED),
    calls: sum(functions),
    functions: functions.filter((one) => timesOf(one) >= COUNTED).length,
    ...(await subject.stored(number)),
  };
}

async function main(): Promise<void> {
  const costs: Cost[] = [];
  for (const commits of [1, 2] as const) {
    const folder = await mkdtemp(join(resolve(values.folder), '.cost-'));
    const options = { hmac: true, commits, store: 'memory', checkpoints: false } as const;
    const subject = await governed(folder, options);
    try {
      costs.push(await costOf(subject, commits));
    } finally {
      await subject.close();
      await rm(folder, { recursive: true, force: true });
    }
  }
  if (values.json) {
    console.log(JSON.stringify(costs, null, 2));
    return;
  }
  console.log('One governed call: roles, scope and policy decided and recorded, HMAC on.\n');
  console.log(
    `| | ${costs.map(({ commits }) => `${commits} commit${commits === 1 ? '' : 's'}`).join(' | ')} |`,
  );
  console.log(`|---|${costs.map(() => '---').join('|')}|`);
  const rows: readonly [string, (cost: Cost) => string][] = [
    ['canonicalisations', (cost) => String(cost.canonicalisations)],
    ['promises', (cost) => String(cost.promises)],
    ['timers', (cost) => String(cost.timers)],
    ['function calls', (cost) => `${cost.calls} of ${cost.functions} functions`],
    ['records', (cost) => `${cost.records}, ${cost.recordBytes} bytes`],
    ['values', (cost) => `${cost.values}, ${cost.valueBytes} bytes`],
  ];
  for (const [name, cell] of rows) console.log(`| ${name} | ${costs.map(cell).join(' | ')} |`);
}

await main();
