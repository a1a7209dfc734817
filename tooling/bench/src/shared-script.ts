import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Round } from './measure.js';

const run = promisify(execFile);

/** The straight-line script that is kept outside of the repository; undefined where it is not there. */
export function findSharedScript(env: NodeJS.ProcessEnv): string | undefined {
  const shared = env.SPANFORGE_SHARED ?? resolve(import.meta.dirname, '../../../../shared');
  const path = resolve(shared, 'bench/straight-line.mjs');
  return existsSync(path) ? path : undefined;
}

/** Runs the shared script in a process of its own, on the disk that is measured. */
export async function measureSharedScript(
  path: string,
  options: {
    readonly inFlight: number;
    readonly seconds: number;
    readonly commits: 1 | 2;
    readonly folder: string;
  },
): Promise<Round> {
  const args = [options.inFlight, options.seconds, options.commits].map(String);
  const env = { ...process.env, BENCH_FOLDER: options.folder };
  const { stdout } = await run(process.execPath, [path, ...args], { env });
  const printed = JSON.parse(stdout) as Record<string, number>;
  return {
    perSecond: printed.actions_per_s ?? Number.NaN,
    p50Ms: printed.p50_ms ?? Number.NaN,
    p99Ms: printed.p99_ms ?? Number.NaN,
    cpuUs: printed.cpu_us_an_action ?? Number.NaN,
  };
}
