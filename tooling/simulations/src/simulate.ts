import { type CanaryRules, type RehearsedUnit, rehearseCanary } from '@spanforge/policy-rollout';
import { createRandom } from './random.js';

/** Traffic to simulate: rates are shares of units. */
export interface Traffic {
  readonly baselineRate: number;
  readonly candidateRate: number;
  /** Share of the blocked units that a reviewer looks at. */
  readonly reviewedShare: number;
  /** Share of the reviewed ones that is overturned, by arm. */
  readonly baselineOverturned: number;
  readonly candidateOverturned: number;
  /** The rates swing by this part of themselves over each `period` units: a day of traffic. */
  readonly swing: number;
  readonly period: number;
  /** Units of one canary at most. */
  readonly units: number;
}

/** How often canaries were rolled back, and after how many units. */
export interface Tally {
  readonly runs: number;
  readonly rolledBack: number;
  readonly finished: number;
  /** Units until each rollback, ascending; all units, and those the candidate decided. */
  readonly delays: readonly number[];
  readonly candidateDelays: readonly number[];
}

/** Runs many canaries over simulated traffic; the same seed gives the same tally. */
export function simulate(
  rules: CanaryRules,
  traffic: Traffic,
  { runs, seed, onRun }: { runs: number; seed: number; onRun?: (done: number) => void },
): Tally {
  const delays: number[] = [];
  const candidateDelays: number[] = [];
  let finished = 0;
  for (let run = 0; run < runs; run += 1) {
    const random = createRandom(Math.imul(seed, 1_000_003) + run);
    const { end, units, candidateUnits } = rehearseCanary(rules, drawUnits(traffic, random));
    if (end === 'finished') finished += 1;
    if (end === 'rolled_back') {
      delays.push(units);
      candidateDelays.push(candidateUnits);
    }
    onRun?.(run + 1);
  }
  const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
  const rolledBack = delays.length;
  return {
    runs,
    rolledBack,
    finished,
    delays: sorted(delays),
    candidateDelays: sorted(candidateDelays),
  };
}

function* drawUnits(traffic: Traffic, random: () => number): Generator<RehearsedUnit> {
  for (let at = 0; at < traffic.units; at += 1) {
    const phase = Math.sin((2 * Math.PI * at) / traffic.period);
    const factor = 1 + traffic.swing * phase;
    const bucket = random();
    // One draw for both arms: in an A/A run a unit comes out the same on either.
    const draw = random();
    const blocked = {
      baseline: draw < traffic.baselineRate * factor,
      candidate: draw < traffic.candidateRate * factor,
    };
    yield { bucket, blocked, ...review(traffic, blocked, random) };
  }
}

function review(
  traffic: Traffic,
  blocked: Readonly<Record<'baseline' | 'candidate', boolean>>,
  random: () => number,
): Pick<RehearsedUnit, 'overturned'> {
  if (!blocked.baseline && !blocked.candidate) return {};
  if (random() >= traffic.reviewedShare) return {};
  const draw = random();
  return {
    overturned: {
      ...(blocked.baseline ? { baseline: draw < traffic.baselineOverturned } : {}),
      ...(blocked.candidate ? { candidate: draw < traffic.candidateOverturned } : {}),
    },
  };
}

/** The value below which the given share of sorted numbers lies. */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
