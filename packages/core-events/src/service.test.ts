import { expect, it } from 'vitest';
import type { EvidenceContext, PolicyDecider } from './index.js';
import { policyHasSay } from './index.js';

const context = { tenant: 'acme' } as EvidenceContext;
const point = { service: 'sf_rag', control: 'grounding_threshold', context };
const decider = (hasSay?: () => unknown): PolicyDecider =>
  ({ decide: () => Promise.reject(new Error('not asked here')), hasSay }) as PolicyDecider;

it('is only without a say where the decider itself says so', () => {
  expect(
    policyHasSay(
      decider(() => false),
      point,
    ),
  ).toBe(false);
  expect(
    policyHasSay(
      decider(() => true),
      point,
    ),
  ).toBe(true);
  expect(
    policyHasSay(
      decider(() => undefined),
      point,
    ),
  ).toBe(true);
  expect(policyHasSay(decider(), point)).toBe(true);
  expect(policyHasSay(undefined, point)).toBe(true);
  const failing = decider(() => {
    throw new Error('state is being read');
  });
  expect(policyHasSay(failing, point)).toBe(true);
});
