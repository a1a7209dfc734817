import type { PolicyRequest } from '@spanforge/core-events';
import { compileBundle, PolicyError } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { afterAll, expect, it } from 'vitest';
import { ODD_BUNDLES } from './odd-bundles.js';

const REQUEST = {
  ...{ service: 'sf_govern', control: 'tool_call', tool: 'pay', resource: 'pay', action: 'write' },
  ...{ args: {}, actor: { id: 'u', roles: [] }, agent: { id: 'a' }, env: 'prod', labels: [] },
  time: 0,
};
const rows: string[] = [];

/** The first problem of a bundle that does not load. */
function problemOf(text: string): string {
  try {
    parseBundleYaml(text);
    return 'loads';
  } catch (error) {
    if (!PolicyError.is(error)) throw error;
    const [first] = error.problems;
    return `${first?.line}:${first?.column} ${first?.code}`;
  }
}

it.each(ODD_BUNDLES)('$what', ({ what, text, problem, asked = [] }) => {
  if (problem !== undefined) {
    expect(problemOf(text)).toBe(problem);
    rows.push(`| ${what} | does not load: ${problem} |`);
    return;
  }
  const decider = compileBundle(parseBundleYaml(text));
  const outcomes = asked.map(([, request]) => {
    const whole = { ...REQUEST, ...request } as unknown as PolicyRequest;
    return decider.decide(decider.withFacts(whole)).outcome;
  });
  expect(outcomes).toEqual(asked.map(([outcome]) => outcome));
  const counts = [...new Set(outcomes)].map(
    (one) => `${one} ${outcomes.filter((other) => other === one).length}`,
  );
  rows.push(`| ${what} | ${asked.length} requests: ${counts.join(', ')} |`);
});

afterAll(() => {
  console.log(['\n| bundle with | what happens |', '|---|---|', ...rows].join('\n'));
});
