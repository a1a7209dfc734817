import { expect, it } from 'vitest';
import { countErrors, PAIR_SCENARIOS } from './gate-pairs.js';

it.each(PAIR_SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  '%s: at most alpha, however often one looks',
  (_name, scenario) => {
    const pairs = 300;
    const { sequential, once } = countErrors(scenario, { pairs, cases: 200, seed: 11 });
    // 0.05 and three standard errors of the count.
    const most = pairs * 0.05 + 3 * Math.sqrt(pairs * 0.05 * 0.95);
    expect(sequential).toBeLessThanOrEqual(most);
    expect(once).toBeLessThanOrEqual(most);
  },
);
