import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { breakDown } from './breakdown.js';
import { type GovernedSubject, governed } from './governed.js';
import { measure, median, type Round } from './measure.js';
import { findSharedScript, measureSharedScript } from './shared-script.js';
import { type Subject, straightLine } from './straight-line.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    actions: { type: 'string', default: '6000' },
    'in-flight': { type: 'string', default: '1,16,64,256' },
    json: { type: 'boolean', default: false },
    folder: { type: 'string', default: '.' },
  },
});

interface Row {
  readonly hmac: boolean;
  readonly commits: 1 | 2;
  readonly inFlight: number;
  readonly script: Round;
  readonly governed: Round;
  /** Median over rounds of governed / script, actions a second. */
  readonly ratio: number;
  /** The faster script from outside of the repository, where it is there. */
  readonly shared: Round | undefined;
  /** Of the script and of the governed way. */
  readonly recordBytes: readonly [number, number];
}

const medianRound = (rounds: readonly Round[]): Round => ({
  perSecond: median(rounds.map((one) => one.perSecond)),
  p50Ms: median(rounds.map((one) => one.p50Ms)),
  p99Ms: median(rounds.map((one) => one.p99Ms)),
  cpuUs: median(rounds.map((one) => one.cpuUs)),
});

const SHARED = findSharedScript(process.env);
const SHARED_SECONDS = 3;

/** The shared script keeps HMACs; without them there is nothing to compare it with. */
function measureShared(
  folder: string,
  hmac: boolean,
  commits: 1 | 2,
  inFlight: number,
): Promise<Round> | undefined {
  if (SHARED === undefined || !hmac) return undefined;
  return measureSharedScript(SHARED, { inFlight, seconds: SHARED_SECONDS, commits, folder });
}

/** Both subjects in turn, round by round, on the same disk, so that what the machine does hits both. */
async function compare(hmac: boolean, commits: 1 | 2, inFlight: number): Promise<Row> {
  const folder = await mkdtemp(join(resolve(values.folder), '.bench-'));
  const count = inFlight === 1 ? Math.ceil(Number(values.actions) / 6) : Number(values.actions);
  const subjects: readonly [Subject, GovernedSubject] = [
    straightLine(folder, { hmac, commits }),
    await governed(folder, { hmac, commits, store: 'sqlite', checkpoints: true }),
  ];
  try {
    const rounds: [Round[], Round[]] = [[], []];
    let from = 0;
    for (const subject of subjects)
      await measure(subject, { from, count: Math.ceil(count / 4), inFlight });
    from += count;
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const [at, subject] of subjects.entries()) {
        rounds[at]?.push(await measure(subject, { from, count, inFlight }));
      }
      from += count;
    }
    const ratios = rounds[1].map(
      (one, at) => one.perSecond / (rounds[0][at]?.perSecond ?? Number.NaN),
    );
    return {
      hmac,
      commits,
      inFlight,
      script: medianRound(rounds[0]),
      governed: medianRound(rounds[1]),
      ratio: median(ratios),
      shared: await measureShared(folder, hmac, commits, inFlight),
      recordBytes: [await subjects[0].recordBytes(), await subjects[1].recordBytes()],
    };
  } finally {
    for (const subject of subjects) await subject.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const number = (value: number, digits = 0): string => value.toFixed(digits);

function sharedCells({ shared, governed: ours }: Row): readonly string[] {
  if (shared === undefined) return ['', ''];
  return [number(shared.perSecond), number(ours.perSecond / shared.perSecond, 2)];
}

function line(row: Row): string {
  const cells = [
    row.hmac ? 'on' : 'off',
    String(row.commits),
    String(row.inFlight),
    number(row.script.perSecond),
    number(row.governed.perSecond),
    number(row.ratio, 2),
    ...sharedCells(row),
    `${number(row.script.p50Ms, 1)} / ${number(row.governed.p50Ms, 1)}`,
    `${number(row.script.p99Ms, 1)} / ${number(row.governed.p99Ms, 1)}`,
    `${number(row.script.cpuUs)} / ${number(row.governed.cpuUs)}`,
    row.recordBytes.map((bytes) => number(bytes)).join(' / '),
  ];
  return `| ${cells.join(' | ')} |`;
}

const rows: Row[] = [];
if (!values.json) {
  console.log(
    '| HMAC | commits | in flight | script/s | governed/s | ratio | shared script/s | ratio to it | p50 ms, script / governed | p99 ms | CPU µs an action | bytes a record |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|---|---|');
}
for (const hmac of [true, false]) {
  for (const commits of [1, 2] as const) {
    for (const inFlight of values['in-flight'].split(',').map(Number)) {
      const row = await compare(hmac, commits, inFlight);
      rows.push(row);
      if (!values.json) console.log(line(row));
    }
  }
}
const parts = await breakDown(
  resolve(values.folder),
  Number(values.rounds),
  Number(values.actions),
);
if (values.json) {
  console.log(JSON.stringify({ rows, parts }, null, 2));
} else {
  console.log('\nWhere it goes, 64 in flight, HMAC on, one commit:\n');
  console.log('| | actions/s | CPU µs an action |');
  console.log('|---|---|---|');
  for (const { name, perSecond, cpuUs } of parts) {
    console.log(`| ${name} | ${number(perSecond)} | ${number(cpuUs)} |`);
  }
}
