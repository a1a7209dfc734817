import { GateError } from '../error.js';
import { createSequentialPairs } from '../statistics/always-valid.js';
import { judgePairs } from '../statistics/paired.js';
import { createSeededRandom } from '../statistics/random.js';
import type { GoldenResult } from './read-results.js';

/** How often a verdict changes if nothing changed, and if the candidate is worse by the margin. */
export interface Calibration {
  readonly cases: number;
  readonly rounds: number;
  readonly passRate: number;
  readonly alpha: number;
  readonly margin: number;
  /** Baseline against itself: shares of the verdicts. */
  readonly once: Readonly<Record<'pass' | 'fail' | 'inconclusive', number>>;
  readonly sequential: Readonly<Record<'pass' | 'fail' | 'inconclusive', number>>;
  /** Worse by exactly the margin: how often that still passes. */
  readonly falsePass: { readonly once: number; readonly sequential: number };
}

/**
 * Compares a golden set's results with themselves. Cases are resampled, and each run of a case by
 * the share of its repeats that passed, so that the noise is that of the agent.
 *
 * @throws {GateError} `GATE_INPUT_INVALID` for results without cases.
 */
export function calibrateResults(
  results: readonly GoldenResult[],
  options: {
    readonly alpha: number;
    readonly margin: number;
    readonly rounds: number;
    readonly minCases?: number;
    readonly seed?: number;
  },
): Calibration {
  const { alpha, margin, rounds, minCases = 20, seed = 1 } = options;
  const groups = new Map<string, boolean[]>();
  for (const { caseId, passed } of results)
    groups.set(caseId, [...(groups.get(caseId) ?? []), passed]);
  const shares = [...groups.values()].map((runs) => runs.filter(Boolean).length / runs.length);
  if (shares.length === 0) throw new GateError('GATE_INPUT_INVALID', 'the results contain no case');
  const random = createSeededRandom(seed);
  const compare = (drop: number) => {
    const test = createSequentialPairs({ alpha, margin, minCases });
    const counts = { cases: shares.length, worse: 0, better: 0 };
    for (let at = 0; at < shares.length; at += 1) {
      const share = shares[Math.floor(random() * shares.length)] ?? 0;
      const before = random() < share;
      const after = random() < share && random() >= drop;
      if (before && !after) counts.worse += 1;
      if (!before && after) counts.better += 1;
      test.add(before, after);
    }
    const enough = shares.length >= minCases;
    const once = enough ? judgePairs(counts, { alpha, margin }).verdict : 'inconclusive';
    return { once, sequential: test.verdict() };
  };
  const passRate = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const tally = (drop: number) => {
    const none = { pass: 0, fail: 0, inconclusive: 0 };
    const counts = { once: { ...none }, sequential: { ...none } };
    for (let round = 0; round < rounds; round += 1) {
      const { once, sequential } = compare(drop);
      counts.once[once] += 1 / rounds;
      counts.sequential[sequential] += 1 / rounds;
    }
    return counts;
  };
  const same = tally(0);
  const worse = tally(passRate === 0 ? 1 : Math.min(1, margin / passRate));
  return {
    ...{ cases: shares.length, rounds, passRate, alpha, margin, ...same },
    falsePass: { once: worse.once.pass, sequential: worse.sequential.pass },
  };
}
