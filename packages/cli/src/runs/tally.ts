import { OUTCOMES } from '@spanforge/core-events';
import { formatTable } from '../output/table.js';
import type { CallOutcome } from './replayer.js';

/** Counts by outcome. */
export type CountsByName = Readonly<Record<string, number>>;

/** The result of a replay. */
export interface ReplayTotals {
  readonly runs: number;
  readonly calls: number;
  readonly indeterminate: number;
  readonly outcomes: CountsByName;
  /** How often each rule contributed to a decision. */
  readonly rules: CountsByName;
  readonly byTool: Readonly<Record<string, CountsByName>>;
  readonly byRule: Readonly<Record<string, CountsByName>>;
}

/** Counts the decisions of a replay, call by call. */
export interface RunsTally {
  add(call: CallOutcome): void;
  endRun(): void;
  totals(): ReplayTotals;
  /** The counts as tables for people. */
  format(): string;
}

type Counts = Map<string, number>;

const bump = (counts: Counts, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

const plain = (counts: Counts): CountsByName => Object.fromEntries([...counts].sort());

const nested = (all: ReadonlyMap<string, Counts>): Record<string, CountsByName> =>
  Object.fromEntries([...all].sort().map(([key, counts]) => [key, plain(counts)]));

function table(title: string, all: ReadonlyMap<string, Counts>): string {
  const columns = [
    { title },
    ...OUTCOMES.map((outcome) => ({ title: outcome, align: 'right' as const })),
  ];
  const rows = [...all]
    .sort()
    .map(([key, counts]) => [key, ...OUTCOMES.map((outcome) => String(counts.get(outcome) ?? 0))]);
  return formatTable(columns, rows);
}

function of(all: Map<string, Counts>, key: string): Counts {
  const counts = all.get(key) ?? new Map<string, number>();
  all.set(key, counts);
  return counts;
}

/** Creates an empty tally. */
export function createTally(): RunsTally {
  const outcomes: Counts = new Map();
  const rules: Counts = new Map();
  const byTool = new Map<string, Counts>();
  const byRule = new Map<string, Counts>();
  let [runs, calls, indeterminate] = [0, 0, 0];
  return {
    add(call) {
      calls += 1;
      if (call.indeterminate) indeterminate += 1;
      bump(outcomes, call.outcome);
      bump(of(byTool, call.tool), call.outcome);
      for (const rule of call.rules) {
        bump(rules, rule);
        bump(of(byRule, rule), call.outcome);
      }
    },
    endRun() {
      runs += 1;
    },
    totals: () => ({
      runs,
      calls,
      indeterminate,
      outcomes: plain(outcomes),
      rules: plain(rules),
      byTool: nested(byTool),
      byRule: nested(byRule),
    }),
    format: () =>
      [
        `${runs} runs, ${calls} calls, ${indeterminate} with a rule that could not be decided`,
        '',
        table('tool', byTool),
        '',
        table('rule', byRule),
      ].join('\n'),
  };
}
