import type { Subject } from './straight-line.js';

/** What one round of one subject came to. */
export interface Round {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the whole process an action, all threads, microseconds. */
  readonly cpuUs: number;
}

/** Performs `count` actions with `inFlight` of them under way at any time. */
export async function measure(
  subject: Subject,
  options: { readonly from: number; readonly count: number; readonly inFlight: number },
): Promise<Round> {
  const latencies: number[] = [];
  let next = options.from;
  const end = options.from + options.count;
  const lane = async (): Promise<void> => {
    while (next < end) {
      const number = next;
      next += 1;
      const started = performance.now();
      await subject.action(number);
      latencies.push(performance.now() - started);
    }
  };
  const cpu = process.cpuUsage();
  const started = performance.now();
  await Promise.all(Array.from({ length: options.inFlight }, lane));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return {
    perSecond: options.count / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    cpuUs: (user + system) / options.count,
  };
}

/** The middle of several numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
