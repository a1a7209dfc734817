import { expect, it } from 'vitest';
import { formatRows, toRow } from './report.js';
import { scenarios } from './scenarios.js';
import { quantile, simulate } from './simulate.js';

const ALPHA = 0.05;
const RUNS = 300;
const all = scenarios(ALPHA, 6000, 300);

it.each(all.filter(({ isNull }) => isNull))(
  '$name: false rollbacks are within alpha',
  (scenario) => {
    const tally = simulate(scenario.rules, scenario.traffic, { runs: RUNS, seed: 1 });
    const row = toRow(scenario, tally);
    // Not the rate itself: by luck alone it may lie above; its exact interval may not.
    expect(row.lower).toBeLessThanOrEqual(ALPHA);
    expect(row.rate).toBeLessThanOrEqual(0.08);
    expect(row.median_units).toBeUndefined();
  },
);

it('finds what is there, sooner the larger it is', () => {
  const found = (name: string) => {
    const scenario = all.find((one) => one.name === name);
    if (scenario === undefined) throw new Error(name);
    return toRow(scenario, simulate(scenario.rules, scenario.traffic, { runs: 60, seed: 1 }));
  };
  const [ten, twenty] = [found('5 % -> 10 %'), found('5 % -> 20 %')];
  expect(twenty.rate).toBe(1);
  expect(ten.rate).toBeGreaterThan(0.6);
  expect(twenty.median_units).toBeLessThan(ten.median_units ?? 0);
});

it('is repeated by its seed, and told as a table', () => {
  const [first] = all;
  if (first === undefined) throw new Error('no scenario');
  const run = (seed: number) => simulate(first.rules, first.traffic, { runs: 20, seed });
  expect(run(3)).toEqual(run(3));
  const table = formatRows([toRow(first, run(3))]);
  expect(table.split('\n')).toHaveLength(3);
  expect(table).toContain('| A/A 5 %, steps 10/50/100 | 20 | 0.05 |');
});

it('knows quantiles', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(3);
  expect(quantile([1, 2, 3, 4], 0.9)).toBe(4);
  expect(quantile([], 0.5)).toBeUndefined();
});
