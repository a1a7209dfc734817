import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTable } from 'spanforge';
import { approveAll } from '../ask.js';
import { PLACE } from '../context.js';
import { openDesk } from '../desk.js';
import { work } from '../work.js';
import { type CliRun, spanforge } from './cli.js';
import { layOutRelease } from './lay-out.js';
import { type Release, SCENARIOS, type Scenario } from './scenarios.js';

const PIPELINE = 'gates/ci-pipeline.yaml';
/** Sessions of the desk: a latency is judged over 30 spans and more. */
const SESSIONS = 4;

const at = ({ state }: Release): readonly string[] => [
  ...['--state', state, '--project-id', PLACE.project],
];

/** Lets the desk work, so that there is evidence, and lays its release out. */
async function prepare(release: Release): Promise<void> {
  const signal = new AbortController().signal;
  for (let session = 0; session < SESSIONS; session += 1) {
    const desk = await openDesk(release.state);
    const done = await work(desk, { ask: approveAll, onLine: () => {}, signal }).finally(() =>
      desk.close(),
    );
    if (session === 0) await layOutRelease(release.folder, done.lines);
  }
}

/** Runs the documented pipeline, and shows what it came to. */
const runPipeline = (release: Release, pipeline = PIPELINE): CliRun =>
  spanforge(release.folder, ['gate', 'run', pipeline, ...at(release)]);

async function inCopy<T>(
  { folder, state }: Release,
  use: (copy: Release) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'gate-demo-'));
  const copy = { folder: join(root, 'release'), state: join(root, 'state') };
  try {
    await cp(folder, copy.folder, { recursive: true });
    await cp(state, copy.state, { recursive: true });
    return await use(copy);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** The line about a gate, or the message where nothing ran. */
function told({ stdout, stderr }: CliRun, gate: string): readonly [string, string] {
  const id = gate === 'pipeline' ? 'invented' : gate;
  const line = stdout.split('\n').find((one) => one.includes(` ${id}  `));
  const [, verdict, message] =
    /^(\S+) +\S+ {2}(.*?)(?: {2}\[blocks\])? {2}\(\d+ ms\)$/.exec(line ?? '') ?? [];
  const fault = stderr.split('\n').find((one) => one.includes(PIPELINE)) ?? stderr.trim();
  return [verdict ?? 'nothing ran', message ?? fault];
}

async function spoiled(release: Release, scenario: Scenario): Promise<readonly string[]> {
  return inCopy(release, async (copy) => {
    await scenario.spoil(copy);
    const run = runPipeline(copy);
    const strict = 'gates/strict.yaml';
    const text = await readFile(join(copy.folder, PIPELINE), 'utf8');
    await writeFile(join(copy.folder, strict), text.replaceAll('on_fail: warn', 'on_fail: block'));
    const [verdict, message] = told(run, scenario.gate);
    const blocking = String(runPipeline(copy, strict).exitCode);
    return [scenario.gate, scenario.story, verdict, String(run.exitCode), blocking, message];
  });
}

/**
 * Runs the documented pipeline over the desk, then makes every gate of it fail.
 *
 * @param scenarios Which ways to fail; all when absent.
 * @returns how often something else came than was to come: 0 is well.
 */
export async function demonstrate(
  say: (text: string) => void,
  scenarios: readonly Scenario[] = SCENARIOS,
): Promise<number> {
  const root = await mkdtemp(join(tmpdir(), 'claims-release-'));
  const release = { folder: join(root, 'release'), state: join(root, 'state') };
  try {
    await prepare(release);
    const baseline = ['gate', 'baseline', 'update', 'prri-check', ...at(release)];
    say(spanforge(release.folder, baseline).stdout.trim());
    const sound = runPipeline(release);
    say(
      `\n$ spanforge gate run ${PIPELINE}\n${sound.stdout.trim()}\nexit code ${sound.exitCode}\n`,
    );
    const rows = [];
    for (const scenario of scenarios) rows.push(await spoiled(release, scenario));
    const columns = ['gate', 'what is wrong', 'verdict', 'exit code', 'under on_fail: block'];
    say(
      formatTable(
        columns.map((title) => ({ title })),
        rows.map((row) => row.slice(0, 5)),
      ),
    );
    say(
      `\n${rows.map(([gate, , verdict, , , message]) => `${gate}: ${verdict}: ${message}`).join('\n')}`,
    );
    const passedAll = rows.filter(
      ([, , verdict, , blocking]) => verdict === 'PASS' || blocking === '0',
    );
    return passedAll.length + (sound.exitCode === 0 ? 0 : 1);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
