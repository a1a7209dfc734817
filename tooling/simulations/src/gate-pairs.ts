import { pathToFileURL } from 'node:url';
import {
  clopperPearsonUpper,
  createSeededRandom,
  createSequentialPairs,
  judgePairs,
  type Random,
} from '@spanforge/gate/statistics';

/** One pair of results: whether each side passed. */
type Pair = (random: Random) => readonly [baseline: boolean, candidate: boolean];

/** Candidates to compare, and what would be an error about them. */
export interface PairScenario {
  readonly name: string;
  readonly pair: Pair;
  readonly error: 'pass' | 'fail';
}

const ALPHA = 0.05;
const MARGIN = 0.05;
const MIN_CASES = 20;

const independent =
  (before: number, after: number): Pair =>
  (random) => [random() < before, random() < after];

/** Both sides agree but for a share of cases: what paired results look like. */
const agreeing =
  (rate: number, worse: number, better: number): Pair =>
  (random) => {
    const draw = random();
    if (draw < worse) return [true, false];
    if (draw < worse + better) return [false, true];
    const passed = random() < rate;
    return [passed, passed];
  };

export const PAIR_SCENARIOS: readonly PairScenario[] = [
  { name: 'A/A, 80 % pass, independent', pair: independent(0.8, 0.8), error: 'fail' },
  { name: 'A/A, 95 % pass, independent', pair: independent(0.95, 0.95), error: 'fail' },
  { name: 'A/A, 10 % of cases differ', pair: agreeing(0.9, 0.05, 0.05), error: 'fail' },
  { name: 'A/A, always passes', pair: agreeing(1, 0, 0), error: 'fail' },
  { name: 'worse by the margin, independent', pair: independent(0.85, 0.8), error: 'pass' },
  { name: 'worse by the margin, nothing better', pair: agreeing(0.9, 0.05, 0), error: 'pass' },
  { name: 'worse by the margin, 15 % differ', pair: agreeing(0.9, 0.1, 0.05), error: 'pass' },
];

/** How often the error was made. */
export interface PairTally {
  readonly sequential: number;
  readonly once: number;
}

/** Compares so many pairs of runs, with a look after every case in one design and one look in the other. */
export function countErrors(
  { pair, error }: PairScenario,
  { pairs, cases, seed }: { readonly pairs: number; readonly cases: number; readonly seed: number },
): PairTally {
  const random = createSeededRandom(seed);
  let [sequential, once] = [0, 0];
  for (let run = 0; run < pairs; run += 1) {
    const test = createSequentialPairs({ alpha: ALPHA, margin: MARGIN, minCases: MIN_CASES });
    const counts = { cases, worse: 0, better: 0 };
    for (let at = 0; at < cases; at += 1) {
      const [before, after] = pair(random);
      if (before && !after) counts.worse += 1;
      if (!before && after) counts.better += 1;
      test.add(before, after);
    }
    if (test.verdict() === error) sequential += 1;
    if (judgePairs(counts, { alpha: ALPHA, margin: MARGIN }).verdict === error) once += 1;
  }
  return { sequential, once };
}

/** `node dist/gate-pairs.js [pairs] [cases]`: prints the table of docs/reference/gate.md. */
export function printTable(pairs: number, cases: number, write: (line: string) => void): void {
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  write(`${pairs} pairs of runs, ${cases} cases each, alpha ${ALPHA}, margin ${MARGIN}`);
  write(
    '| scenario | error | a look after every case | at most (95 %) | one look | at most (95 %) |',
  );
  write('|---|---|---|---|---|---|');
  for (const [at, scenario] of PAIR_SCENARIOS.entries()) {
    const { sequential, once } = countErrors(scenario, { pairs, cases, seed: at + 1 });
    const bound = (count: number) => percent(clopperPearsonUpper(count, pairs, 0.025));
    write(
      `| ${scenario.name} | false ${scenario.error.toUpperCase()} | ${percent(sequential / pairs)} | ${bound(sequential)} | ${percent(once / pairs)} | ${bound(once)} |`,
    );
  }
}

const [, script, pairs = '10000', cases = '400'] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  printTable(Number(pairs), Number(cases), (line) => process.stdout.write(`${line}\n`));
}
