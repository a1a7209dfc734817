import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { governed } from './governed.js';
import { measure } from './measure.js';

const { values } = parseArgs({
  options: {
    'warm-up': { type: 'string', default: '3000' },
    actions: { type: 'string', default: '6000' },
    commits: { type: 'string', default: '1' },
    'in-flight': { type: 'string', default: '64' },
    hmac: { type: 'string', default: 'on' },
    folder: { type: 'string', default: '.' },
  },
});
const actions = Number(values.actions);
const inFlight = Number(values['in-flight']);
const warmUp = Number(values['warm-up']);

const TASKS = '/proc/self/task';

/** Processor time of each thread so far, in nanoseconds: unlike time it hardly depends on what else runs. */
async function threadTimes(): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  for (const id of await readdir(TASKS)) {
    const text = await readFile(join(TASKS, id, 'schedstat'), 'utf8').catch(() => '');
    times.set(id, Number(text.split(' ')[0]));
  }
  return times;
}

const folder = await mkdtemp(join(resolve(values.folder), '.bench-'));
const subject = await governed(folder, {
  hmac: values.hmac === 'on',
  commits: values.commits === '2' ? 2 : 1,
  store: 'sqlite',
  checkpoints: true,
});
await measure(subject, { from: 0, count: warmUp, inFlight });
const before = await threadTimes();
const round = await measure(subject, { from: warmUp, count: actions, inFlight });
const spent = [...(await threadTimes())]
  .map(([id, ns]) => ({ id, us: (ns - (before.get(id) ?? 0)) / 1000 / actions }))
  .sort((left, right) => right.us - left.us);
const main = spent.find(({ id }) => id === String(process.pid))?.us ?? Number.NaN;
const [writer = Number.NaN, ...rest] = spent
  .filter(({ id }) => id !== String(process.pid))
  .map(({ us }) => us);
console.log(
  JSON.stringify({
    inFlight,
    mainUs: Number(main.toFixed(1)),
    writerUs: Number(writer.toFixed(1)),
    otherThreadsUs: Number(rest.reduce((sum, us) => sum + us, 0).toFixed(1)),
    processUs: Math.round(round.cpuUs),
    perSecond: Math.round(round.perSecond),
    p50Ms: Number(round.p50Ms.toFixed(1)),
    p99Ms: Number(round.p99Ms.toFixed(1)),
  }),
);
await subject.close();
await rm(folder, { recursive: true });
