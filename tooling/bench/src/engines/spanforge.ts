import { compileBundle, parseBundle } from '@spanforge/policy';
import type { Engine, Question, Rule } from './workload.js';

const ASKED = {
  service: 'sf_govern',
  control: 'tool_call',
  agent: { id: 'agent-1' },
  actor: { id: 'ann' },
  env: 'prod',
  time: 1_780_000_000_000,
} as const;

export async function spanforge(rules: readonly Rule[]): Promise<Engine> {
  const decider = compileBundle(parseBundle(bundleOf(rules)));
  return {
    name: 'spanforge',
    conditions: true,
    allows: ({ tool, args }: Question) =>
      decider.decide({ ...ASKED, tool, args }).outcome !== 'block',
  };
}

function bundleOf(rules: readonly Rule[]): unknown {
  return {
    policy_id: 'bench',
    version: '1',
    environment: 'prod',
    owner: 'bench',
    effective_at: '2026-01-01T00:00:00Z',
    rules: rules.map(({ tool, limit }, at) => ({
      rule_id: `r-${at}`,
      service: 'sf_govern',
      control: 'tool_call',
      target: { tools: [tool] },
      when: `args.amount > ${limit} && args.currency == "EUR"`,
      action: 'block',
    })),
  };
}
