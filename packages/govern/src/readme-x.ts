import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { createGovernor, govern, resolveReview } from './index.js';

const log = await openEvidenceLog({
  store: createMemoryStore(),
  origin: 'example.com/refunds',
  writer: 'readme',
  hmac: false,
});
const governor = createGovernor({
  log,
  preflight: [
    {
      name: 'limit',
      control: async ({ observed = Number.POSITIVE_INFINITY }) => ({
        outcome: observed > 1000 ? 'block' : observed > 100 ? 'human_review' : 'allow',
        obligations: [{ kind: 'redact', target: 'result', path: 'card', mask: '****' }],
        reason: `A refund of ${observed}.`,
        reasonCode: 'refund_limit',
      }),
    },
  ],
});

const refund = govern(
  async ({ order, amount }: { order: string; amount: number }) => ({
    order,
    amount,
    card: '4111111111111111',
  }),
  { governor, name: 'refund', resource: 'orders', observe: ({ amount }) => amount },
);
const context = {
  tenant: 'acme',
  project: 'support',
  env: 'dev',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'helpdesk',
  actor: 'alice',
};

console.log(await refund({ order: 'A-1', amount: 20 }, context));
// status: 'completed', value: { amount: 20, card: '****', order: 'A-1' }

console.log(await refund({ order: 'A-2', amount: 5000 }, context));
// status: 'blocked', reasonCode: 'refund_limit', and the tool was not run

const large = { order: 'A-3', amount: 500 };
const held = await refund(large, { ...context, callId: 'call-3' });
if (held.status === 'held') {
  await resolveReview(log, {
    reviewId: held.reviewId,
    resolution: 'approved',
    reviewer: 'bob',
  });
}
console.log((await refund(large, { ...context, callId: 'call-3' })).status); // completed

const { records } = await log.query({ traceId: 'trace-1' });
for (const { index, type } of records) console.log(index, type);
await log.close();
