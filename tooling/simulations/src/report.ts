import { clopperPearson } from '@spanforge/policy-rollout';
import type { Scenario } from './scenarios.js';
import { quantile, type Tally } from './simulate.js';

/** One scenario as it is printed. */
export interface Row {
  readonly scenario: string;
  readonly kind: 'false_rollback' | 'power';
  readonly alpha: number;
  readonly runs: number;
  readonly rolled_back: number;
  readonly rate: number;
  /** Clopper-Pearson, 95 percent. */
  readonly lower: number;
  readonly upper: number;
  /** Units until rollback. */
  readonly median_units?: number;
  readonly p90_units?: number;
  /** Those of them that the candidate decided. */
  readonly median_candidate_units?: number;
}

export function toRow({ name, isNull, rules }: Scenario, tally: Tally): Row {
  const { lower, upper } = clopperPearson(tally.rolledBack, tally.runs);
  const row = {
    scenario: name,
    kind: isNull ? 'false_rollback' : 'power',
    alpha: rules.alpha,
    runs: tally.runs,
    rolled_back: tally.rolledBack,
    rate: tally.rolledBack / tally.runs,
    lower,
    upper,
  } as const;
  const [median, p90, candidate] = [
    quantile(tally.delays, 0.5),
    quantile(tally.delays, 0.9),
    quantile(tally.candidateDelays, 0.5),
  ];
  if (isNull || median === undefined || p90 === undefined || candidate === undefined) return row;
  return { ...row, median_units: median, p90_units: p90, median_candidate_units: candidate };
}

/** A Markdown table. */
export function formatRows(rows: readonly Row[]): string {
  const percent = (value: number) => `${(100 * value).toFixed(2)} %`;
  const head = [
    'scenario',
    'runs',
    'alpha',
    'rolled back',
    '95 % interval',
    'units until, median',
    'p90',
    'of the candidate, median',
  ];
  const lines = rows.map((row) => [
    row.scenario,
    row.runs,
    row.kind === 'false_rollback' ? row.alpha : '',
    percent(row.rate),
    `${percent(row.lower)} to ${percent(row.upper)}`,
    row.median_units ?? '',
    row.p90_units ?? '',
    row.median_candidate_units ?? '',
  ]);
  return [head, head.map(() => '---'), ...lines]
    .map((line) => `| ${line.join(' | ')} |`)
    .join('\n');
}
