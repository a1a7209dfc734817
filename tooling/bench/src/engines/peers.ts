import { AbilityBuilder, createMongoAbility, subject } from '@casl/ability';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import governance from '@microsoft/agent-governance-sdk';
import { newEnforcer, newModelFromString } from 'casbin';
import type { Engine, Question, Rule } from './workload.js';

/** Cedar in WebAssembly, its policies parsed beforehand. */
export async function cedarWasm(rules: readonly Rule[]): Promise<Engine> {
  const id = `bench-${rules.length}`;
  const forbids = rules.map(
    ({ tool, limit }) =>
      `forbid(principal, action == Action::"${tool}", resource) when { context.amount > ${limit} && context.currency == "EUR" };`,
  );
  const staticPolicies = ['permit(principal, action, resource);', ...forbids].join('\n');
  const parsed = cedar.preparsePolicySet(id, { staticPolicies });
  if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed.errors));
  return {
    name: 'cedar-wasm, stateful',
    conditions: true,
    allows({ tool, args }: Question) {
      const answer = cedar.statefulIsAuthorized({
        principal: { type: 'Agent', id: 'agent-1' },
        action: { type: 'Action', id: tool },
        resource: { type: 'Env', id: 'prod' },
        context: args,
        preparsedPolicySetId: id,
        validateRequest: false,
        entities: [],
      });
      return answer.type === 'success' && answer.response.decision === 'allow';
    },
  };
}

const CASBIN_MODEL = `[request_definition]
r = tool, amount, currency
[policy_definition]
p = tool, limit, currency, eft
[policy_effect]
e = !some(where (p.eft == deny))
[matchers]
m = r.tool == p.tool && r.amount > p.limit && r.currency == p.currency`;

export async function casbin(rules: readonly Rule[]): Promise<Engine> {
  const enforcer = await newEnforcer(newModelFromString(CASBIN_MODEL));
  await enforcer.addPolicies(rules.map(({ tool, limit }) => [tool, String(limit), 'EUR', 'deny']));
  return {
    name: 'casbin',
    conditions: true,
    allows: ({ tool, args }: Question) => enforcer.enforceSync(tool, args.amount, args.currency),
  };
}

/** CASL matches fields of a subject against queries it has compiled. */
export async function casl(rules: readonly Rule[]): Promise<Engine> {
  const { can, cannot, build } = new AbilityBuilder(createMongoAbility);
  for (const tool of new Set(rules.map((rule) => rule.tool))) can('call', tool);
  for (const { tool, limit } of rules)
    cannot('call', tool, { amount: { $gt: limit }, currency: 'EUR' });
  const ability = build();
  return {
    name: 'CASL',
    conditions: true,
    // A subject is marked for good, so each question brings a fresh one, as a request would.
    allows: ({ tool, args }: Question) => ability.can('call', subject(tool, { ...args })),
  };
}

export async function agentGovernance(rules: readonly Rule[]): Promise<Engine> {
  const engine = new governance.PolicyEngine();
  engine.loadPolicy({
    name: 'bench',
    scope: 'global',
    default_action: 'allow',
    rules: rules.map(({ tool, limit }, at) => ({
      name: `r-${at}`,
      condition: `tool == '${tool}' and args.amount > ${limit} and args.currency == 'EUR'`,
      ruleAction: 'deny' as const,
      priority: 1,
      enabled: true,
    })),
  });
  return {
    name: 'agent-governance-sdk',
    conditions: true,
    allows: ({ tool, args }: Question) =>
      engine.evaluatePolicy('did:example:agent-1', { tool, args }).allowed,
  };
}
