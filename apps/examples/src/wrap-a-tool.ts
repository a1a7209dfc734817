import { readFile } from 'node:fs/promises';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { createGovernor, resolveReview } from '@spanforge/govern';
import { createPolicy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { createRbac } from '@spanforge/rbac';
import { createScope } from '@spanforge/scope';

// Evidence goes to memory here; openSqliteStore from @spanforge/store-sqlite keeps it.
const log = await openEvidenceLog({
  store: createMemoryStore(),
  origin: 'shop.example/evidence',
  writer: 'example',
  hmac: false,
});
const place = { tenant: 'shop', project: 'support', env: 'prod' };
const setup = {
  ...place,
  run: 'setup',
  traceId: 'setup',
  agent: 'example',
  actor: 'platform-team',
  source: 'example@1.0.0',
};

// Who may do what: the policy, the agent, the people.
const policy = createPolicy({ recorder: log, reader: log, context: setup });
const bundle = new URL('../bundles/refunds.yaml', import.meta.url);
await policy.lifecycle.activate(
  parseBundleYaml(await readFile(bundle, 'utf8'), { file: 'refunds.yaml' }),
);
const scope = createScope({ recorder: log, reader: log });
await scope.registerAgent(
  { agentId: 'helpdesk', resourceActions: { orders: ['write'] } },
  { context: setup },
);
const rbac = createRbac({
  recorder: log,
  reader: log,
  permissions: { editor: { orders: ['write'] } },
});
await rbac.registerActor({ actorId: 'alice', roles: ['editor'] }, { context: setup });

// The enforcement point, and one tool behind it.
const governor = createGovernor({
  log,
  policy,
  authorize: ({ resource, action, context }, recorder) =>
    rbac.authorize({ actorId: context.actor, resource, action }, { context, recorder }),
  scope: ({ resource, action, context }, recorder) =>
    scope.evaluate({ agentId: context.agent, resource, action }, { context, recorder }),
});
const refund = governor.govern(
  async ({ order, amount }: { order: string; amount: number }) => `${amount} back for ${order}`,
  { name: 'refund', resource: 'orders', action: 'write' },
);

const call = (order: string, amount: number, actor = 'alice') =>
  refund(
    { order, amount },
    { ...place, run: 'run-1', traceId: order, callId: order, agent: 'helpdesk', actor },
  );

const small = await call('A-1', 20);
console.log(`20: ${small.outcome}, ${small.status === 'completed' ? small.value : small.reason}`);
const huge = await call('A-2', 50_000);
console.log(`50000: ${huge.outcome}, ${huge.reason}`);
const stranger = await call('A-4', 20, 'mallory');
console.log(`20 for mallory: ${stranger.outcome}, ${stranger.reason}`);
const large = await call('A-3', 500);
console.log(`500: ${large.outcome}, ${large.status}`);
if (large.status === 'held') {
  const { reviewId } = large;
  await resolveReview(log, { reviewId, resolution: 'approved', reviewer: 'bob' });
  const again = await call('A-3', 500);
  console.log(`500 again: ${again.status === 'completed' ? again.value : again.reason}`);
}
await log.close();
