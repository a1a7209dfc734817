import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type Profiler, Session } from 'node:inspector/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { governed } from './governed.js';
import { measure, type Round } from './measure.js';
import { type TimeRow, timesOf } from './stage-table.js';

const { values } = parseArgs({
  options: {
    'warm-up': { type: 'string', default: '6000' },
    actions: { type: 'string', default: '10000' },
    commits: { type: 'string', default: '1' },
    'in-flight': { type: 'string', default: '64' },
    hmac: { type: 'string', default: 'on' },
    store: { type: 'string', default: 'sqlite' },
    files: { type: 'string', default: '0' },
    folder: { type: 'string', default: '.' },
    keep: { type: 'string' },
    read: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const actions = Number(values.actions);

/** Runs the governed path alone, warm, under the profiler of the main thread. */
async function record(): Promise<{ readonly profile: Profiler.Profile; readonly round: Round }> {
  const folder = await mkdtemp(join(resolve(values.folder), '.bench-'));
  const store = values.store === 'memory' ? 'memory' : 'sqlite';
  const subject = await governed(folder, {
    hmac: values.hmac === 'on',
    commits: values.commits === '2' ? 2 : 1,
    store,
    checkpoints: store === 'sqlite',
  });
  const session = new Session();
  session.connect();
  try {
    const inFlight = Number(values['in-flight']);
    const warmUp = Number(values['warm-up']);
    await measure(subject, { from: 0, count: warmUp, inFlight });
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 100 });
    await session.post('Profiler.start');
    const round = await measure(subject, { from: warmUp, count: actions, inFlight });
    const { profile } = await session.post('Profiler.stop');
    return { profile, round };
  } finally {
    session.disconnect();
    await subject.close();
    await rm(folder, { recursive: true });
  }
}

function print(title: string, rows: readonly TimeRow[]): void {
  const total = rows.reduce((sum, { us }) => sum + us, 0);
  console.log(`\n| ${title} | µs an action | share |\n|---|---|---|`);
  for (const { name, us } of rows) {
    const share = ((100 * us) / total).toFixed(1);
    console.log(`| ${name} | ${(us / actions).toFixed(1)} | ${share} % |`);
  }
}

// A profile that was written before, by this script or by `node --cpu-prof`, or a new one.
const recorded = values.read === undefined ? await record() : undefined;
const profile =
  recorded?.profile ?? (JSON.parse(await readFile(values.read ?? '', 'utf8')) as Profiler.Profile);
if (values.keep !== undefined) await writeFile(values.keep, JSON.stringify(profile));
if (recorded && !values.json) {
  const { perSecond, cpuUs } = recorded.round;
  const busy = profile.endTime - profile.startTime;
  console.log(
    `${actions} actions, ${perSecond.toFixed(0)} a second, ${cpuUs.toFixed(0)} µs of CPU an action in ` +
      `all threads, ${(busy / actions).toFixed(0)} µs of the main thread's time, idle included`,
  );
}
const { stages, files } = timesOf(profile);
if (values.json) {
  console.log(JSON.stringify({ actions, cpuUs: recorded?.round.cpuUs, stages, files }));
} else {
  print('stage, main thread', stages);
  const most = Number(values.files);
  if (most > 0) print('file', files.slice(0, most));
}
