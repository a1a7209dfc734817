import type { GovernedResult } from '@spanforge/govern';
import { createGovernor } from '@spanforge/govern';
import type { PolicyBundle } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { createRbac } from '@spanforge/rbac';
import { openGovernor } from 'spanforge';

/** Bundles of a shop that refunds: version 2 lowered what is refunded at all. */
export function bundleOf(version: '1' | '2'): PolicyBundle {
  return parseBundleYaml(`policy_id: refunds
version: "${version}"
environment: prod
owner: attacks
effective_at: "2026-01-01T00:00:00Z"
rationale: What an attack on the evidence is after.
tools:
  refund: { effect: write, schema: { type: object, properties: { amount: { type: number } } } }
  ship: { effect: write, schema: { type: object, properties: { amount: { type: number } } } }
facts:
  shipped: { count: calls, tools: [ship], per: [actor], window: 30d }
rules:
  - rule_id: huge-refunds-never
    service: sf_govern
    control: tool_call
    target: { tools: [refund] }
    when: args.amount > ${version === '1' ? 10_000 : 1000}
    action: block
    rationale: Huge refunds never happen.
  - rule_id: large-refunds-wait
    service: sf_govern
    control: tool_call
    target: { tools: [refund] }
    when: args.amount > 100
    action: human_review
    rationale: Large refunds wait for a person.
  - rule_id: two-parcels-a-month
    service: sf_govern
    control: tool_call
    target: { tools: [ship] }
    when: facts.shipped > 2
    action: block
    rationale: Two parcels a month are enough.
`);
}

export const ORIGIN = 'example.com/attacked';

/** A shop over a workspace: roles and policy are what the evidence says, nothing comes from files. */
export async function openShop(workspace: string, clock?: () => number) {
  const timed = clock ? { clock } : {};
  const opened = await openGovernor({ workspace, create: { origin: ORIGIN }, ...timed });
  const { log } = opened.workspace;
  const rbac = createRbac({
    recorder: log,
    reader: log,
    permissions: { clerk: { orders: ['write'] } },
    ...timed,
  });
  const governor = createGovernor({ ...opened.parts, authorize: rbac.control() });
  const ran = { count: 0 };
  const tool = () => {
    ran.count += 1;
    return 'done';
  };
  for (const name of ['refund', 'ship']) {
    governor.govern(tool, { name, resource: 'orders', action: 'write', effect: 'write' });
  }
  const context = (actor: string, traceId: string) => ({
    ...opened.tenancy,
    ...{ run: 'run-1', traceId, callId: traceId, agent: 'helper', actor },
  });
  return {
    ...{ opened, rbac, log, ran },
    administration: { context: { ...context('owner', 'setup'), source: 'attacks@1.0.0' } },
    call: (
      tool: string,
      amount: number,
      actor: string,
      traceId: string,
    ): Promise<GovernedResult<unknown>> => governor.call(tool, { amount }, context(actor, traceId)),
    callWith: (tool: string, args: object, actor: string, traceId: string) =>
      governor.call(tool, args, context(actor, traceId)),
    close: () => opened.close(),
  };
}

export type Shop = Awaited<ReturnType<typeof openShop>>;
