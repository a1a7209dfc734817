import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openEvidence } from './evidence-log.js';
import { governedOn } from './governed.js';
import { measure, median, type Round } from './measure.js';

// Several processes on one workspace, as an operator's command line beside a service, or a service
// that runs several times. Each child opens the log with its key and runs governed actions.

const { values } = parseArgs({
  options: {
    actions: { type: 'string', default: '6000' },
    rounds: { type: 'string', default: '3' },
    processes: { type: 'string', default: '4' },
    /** Actions each process runs before the clock starts. */
    'warm-up': { type: 'string', default: '1500' },
    'in-flight': { type: 'string', default: '16' },
    /** Below this folder evidence is written, and removed afterwards. */
    folder: { type: 'string', default: '.' },
    json: { type: 'boolean', default: false },
    /** Given to the children by this script. */
    child: { type: 'string' },
  },
});

interface Go {
  readonly from: number;
  readonly count: number;
  readonly inFlight: number;
}

async function child(folder: string, warmUp: Go): Promise<void> {
  const { log } = await openEvidence(folder, 1000);
  const subject = await governedOn(log, () => log.close(), {
    hmac: true,
    commits: 1,
    store: 'sqlite',
    checkpoints: true,
  });
  await measure(subject, warmUp);
  const started = once(process, 'message');
  process.send?.('ready');
  const [go] = (await started) as [Go];
  const before = subject.commits();
  const round = await measure(subject, go);
  process.send?.({ ...round, commits: subject.commits() - before });
  await subject.close();
  process.disconnect();
}

interface Together {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of all processes an action, microseconds. */
  readonly cpuUs: number;
  readonly commitsPerSecond: number;
}

const message = async (process: ChildProcess): Promise<unknown> => {
  const ended = once(process, 'exit').then(() => {
    throw new Error('a process ended early');
  });
  ended.catch(() => undefined);
  return (await Promise.race([once(process, 'message'), ended]))[0];
};

/** Runs the same number of actions in one or several processes on a log of their own. */
async function together(processes: number, inFlight: number, actions: number): Promise<Together> {
  const folder = await mkdtemp(join(resolve(values.folder), 'processes-'));
  const children: ChildProcess[] = [];
  const warm = Number(values['warm-up']);
  try {
    for (let n = 0; n < processes; n += 1) {
      const warmUp: Go = { from: 1 + n * warm, count: warm, inFlight };
      const given = ['--child', folder, '--warm-up', JSON.stringify(warmUp)];
      const started = fork(fileURLToPath(import.meta.url), given);
      children.push(started);
      await message(started);
    }
    const count = Math.floor(actions / processes);
    const begun = performance.now();
    const done = children.map(async (one, n): Promise<Round & { readonly commits: number }> => {
      const answer = message(one);
      one.send({ from: 1 + processes * warm + n * count, count, inFlight } satisfies Go);
      return (await answer) as Round & { readonly commits: number };
    });
    const rounds = await Promise.all(done);
    const seconds = (performance.now() - begun) / 1000;
    await Promise.all(children.map((one) => one.exitCode ?? once(one, 'exit')));
    const most = (of: (round: Round) => number): number => Math.max(...rounds.map(of));
    return {
      perSecond: (count * processes) / seconds,
      p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)),
      p99Ms: most(({ p99Ms }) => p99Ms),
      cpuUs: rounds.reduce((sum, { cpuUs }) => sum + cpuUs, 0) / processes,
      commitsPerSecond: rounds.reduce((sum, { commits }) => sum + commits, 0) / seconds,
    };
  } finally {
    for (const one of children) if (one.exitCode === null) one.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Arrangement {
  readonly processes: number;
  readonly inFlight: number;
}

async function main(): Promise<void> {
  const [processes, inFlight] = [Number(values.processes), Number(values['in-flight'])];
  const arrangements: readonly Arrangement[] = [
    { processes: 1, inFlight },
    { processes: 1, inFlight: inFlight * processes },
    { processes, inFlight },
  ];
  const runs = arrangements.map((): Together[] => []);
  for (let round = 0; round < Number(values.rounds); round += 1) {
    // One after another in every round: what else the machine does then is in all of them.
    for (const [at, one] of arrangements.entries()) {
      runs[at]?.push(await together(one.processes, one.inFlight, Number(values.actions)));
    }
  }
  const lines = arrangements.map((one, at) => {
    const of = (part: keyof Together): number =>
      median((runs[at] ?? []).map((round) => round[part]));
    return {
      ...one,
      perSecond: of('perSecond'),
      p50Ms: of('p50Ms'),
      p99Ms: of('p99Ms'),
      cpuUs: of('cpuUs'),
      commitsPerSecond: of('commitsPerSecond'),
    };
  });
  if (values.json) return console.log(JSON.stringify(lines));
  const alone = lines[0]?.perSecond ?? Number.NaN;
  console.log(
    '| processes | in flight each | actions/s together | times one process | p50 ms | p99 ms | CPU µs an action | commits/s |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const one of lines) {
    console.log(
      `| ${one.processes} | ${one.inFlight} | ${one.perSecond.toFixed(0)} | ${(one.perSecond / alone).toFixed(2)} | ${one.p50Ms.toFixed(1)} | ${one.p99Ms.toFixed(1)} | ${one.cpuUs.toFixed(0)} | ${one.commitsPerSecond.toFixed(0)} |`,
    );
  }
}

await (values.child === undefined
  ? main()
  : child(values.child, JSON.parse(values['warm-up']) as Go));
