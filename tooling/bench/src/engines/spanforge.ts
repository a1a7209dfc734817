import type { PolicyRequest } from '@spanforge/core-events';
import { compileBundle, parseBundle } from '@spanforge/policy';
import { explainDecision } from '@spanforge/policy-workbench';
import type { Engine, Question, Rule } from './workload.js';

export async function spanforge(rules: readonly Rule[]): Promise<Engine> {
  const decider = compileBundle(parseBundle(bundleOf(rules.map(ruleOf))));
  return {
    name: 'spanforge',
    conditions: true,
    allows: (question: Question) => decider.decide(requestOf(question)).outcome !== 'block',
  };
}

/** The same decision, with why: every rule of the control, near misses, nearest other outcomes. */
export async function spanforgeExplained(rules: readonly Rule[]): Promise<Engine> {
  const decider = compileBundle(parseBundle(bundleOf(rules.map(ruleOf))));
  return {
    name: 'spanforge, explained',
    conditions: true,
    allows: (question: Question) =>
      explainDecision(decider, requestOf(question)).verdict.outcome !== 'block',
  };
}

/** As many rules as asked for on one tool, each with an `or` about which request it means. */
export async function spanforgeOr(rules: readonly Rule[]): Promise<Engine> {
  const written = rules.map((_, at) => ({
    ...ruleOf({ tool: 'tool', limit: 1000 }, at),
    when: `(args.order == "A-${at}" || args.account == "B-${at}") && args.amount > 1000`,
  }));
  const decider = compileBundle(parseBundle(bundleOf(written)));
  return {
    name: 'spanforge, or on one tool',
    conditions: true,
    allows({ args: { amount, currency, order } }: Question) {
      const meant = Number(order.slice(2)) % rules.length;
      const args = { amount, currency, order: `A-${meant}`, account: 'none' };
      return decider.decide(requestOf({ tool: 'tool', args })).outcome !== 'block';
    },
  };
}

/** One request for each decision, made as part of it. */
function requestOf({ tool, args }: Question): PolicyRequest {
  return {
    service: 'sf_govern',
    control: 'tool_call',
    tool,
    args,
    agent: { id: 'agent-1' },
    actor: { id: 'ann' },
    env: 'prod',
    time: 1_780_000_000_000,
  };
}

function bundleOf(rules: readonly object[]): unknown {
  return {
    policy_id: 'bench',
    version: '1',
    environment: 'prod',
    owner: 'bench',
    effective_at: '2026-01-01T00:00:00Z',
    rules,
  };
}

const ruleOf = ({ tool, limit }: Rule, at: number) => ({
  rule_id: `r-${at}`,
  service: 'sf_govern',
  control: 'tool_call',
  target: { tools: [tool] },
  when: `args.amount > ${limit} && args.currency == "EUR"`,
  action: 'block',
});
