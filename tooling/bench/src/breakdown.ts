import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { governed } from './governed.js';
import { type LogOptions, logAlone } from './log-subject.js';
import { measure, median, type Round } from './measure.js';
import { type Subject, straightLine } from './straight-line.js';

/** What one part of the way costs, beside the straight-line script in the same run. */
export interface BreakdownRow {
  readonly name: string;
  readonly perSecond: number;
  readonly cpuUs: number;
}

type Make = (folder: string) => Subject | Promise<Subject>;

const IN_FLIGHT = 64;
const COMMON = { hmac: true, commits: 1 } as const;

const log =
  (options: Pick<LogOptions, 'store' | 'checkpoints'>): Make =>
  (folder) =>
    logAlone(folder, { ...COMMON, ...options });
const whole =
  (options: Pick<LogOptions, 'store' | 'checkpoints'>): Make =>
  (folder) =>
    governed(folder, { ...COMMON, ...options });

/** From the floor to the whole way: each row adds one thing to a row above it. */
const SUBJECTS: readonly Make[] = [
  (folder) => straightLine(folder, COMMON),
  log({ store: 'memory', checkpoints: false }),
  log({ store: 'sqlite', checkpoints: false }),
  log({ store: 'sqlite', checkpoints: true }),
  whole({ store: 'memory', checkpoints: false }),
  whole({ store: 'sqlite', checkpoints: true }),
];

/** Runs every subject in turn, `rounds` times, with 64 actions in flight, HMAC on and one commit. */
export async function breakDown(
  parent: string,
  rounds: number,
  actions: number,
): Promise<readonly BreakdownRow[]> {
  const results = SUBJECTS.map(() => ({ name: '', rounds: [] as Round[] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, make] of SUBJECTS.entries()) {
      const folder = await mkdtemp(join(parent, '.bench-'));
      const subject = await make(folder);
      try {
        await measure(subject, { from: 0, count: Math.ceil(actions / 2), inFlight: IN_FLIGHT });
        const measured = await measure(subject, {
          from: actions,
          count: actions,
          inFlight: IN_FLIGHT,
        });
        const result = results[at];
        if (result) results[at] = { name: subject.name, rounds: [...result.rounds, measured] };
      } finally {
        await subject.close();
        await rm(folder, { recursive: true, force: true });
      }
    }
  }
  return results.map(({ name, rounds: measured }) => ({
    name,
    perSecond: median(measured.map((one) => one.perSecond)),
    cpuUs: median(measured.map((one) => one.cpuUs)),
  }));
}
