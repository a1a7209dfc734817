import type { NamedControl } from '@spanforge/govern';
import { createPolicy, parseBundle } from '@spanforge/policy';
import { expect, it } from 'vitest';
import { CONTEXT, openLog } from './testing/fixtures.js';
import { connectRaw, fakeServer, text, tool } from './testing/raw-client.js';

const rule = { ruleId: 'limit', action: 'block', finding: 'triggered', reason: 'x' } as const;
const never: NamedControl = {
  name: 'never',
  control: async () => ({
    outcome: 'block',
    obligations: [],
    reason: 'Too much.',
    reasonCode: 'too_much',
    rules: [rule],
  }),
};

it('the client is told what would help, and that a call refused over and over is final', async () => {
  const log = await openLog();
  const server = fakeServer(({ method }) =>
    method === 'tools/list' ? { tools: [tool('pay')] } : text('done'),
  );
  const adviceFor = () => ({ bounds: [{ path: 'amount', max: 1000 }] });
  const client = await connectRaw({
    governor: { log, preflight: [never], adviceFor, refusals: { limit: 1 } },
    context: CONTEXT,
    server: server.transport,
  });
  for (const id of [1, 2]) {
    const params = { name: 'pay', arguments: { amount: 5000 } };
    client.send({ jsonrpc: '2.0', id, method: 'tools/call', params });
    await client.when(() => client.received.some((one) => one.id === id));
  }
  const [first, second] = [1, 2].map((id) =>
    JSON.stringify(client.received.find((one) => one.id === id)),
  );
  expect(first).toContain('Another call may be allowed. It needs: amount at most 1000.');
  expect(first).toContain('"bounds":[{"path":"amount","max":1000}]');
  expect(second).toContain('refused several times');
  expect(second).toContain('"finality":"final"');
  await client.close();
  await log.close();
});

/** Rules whose conditions have in them what no agent may learn; `mallory` is refused by each. */
const HOSTILE_RULES = [
  '!(args.to in ["hidden-acme", "hidden-bank"])',
  'args.to != "hidden-account"',
  '!args.to.contains("hidden")',
  '!args.to.startsWith("hidden-")',
  'args.absent in ["hidden-acme"]',
];

const bundleWith = (when: string) => ({
  policy_id: 'desk',
  version: '1',
  environment: CONTEXT.env,
  owner: 'payments',
  effective_at: '2026-01-01T00:00:00Z',
  rules: [{ rule_id: 'known', service: 'sf_govern', control: 'tool_call', action: 'block', when }],
});

it.each(HOSTILE_RULES)('the model learns nothing of what is written in %s', async (when) => {
  const log = await openLog();
  const setup = { ...CONTEXT, actor: 'platform', source: 'test@1.0.0' };
  const policy = createPolicy({ recorder: log, reader: log, context: setup });
  await policy.lifecycle.activate(parseBundle(bundleWith(when)));
  const server = fakeServer(({ method }) =>
    method === 'tools/list' ? { tools: [tool('pay')] } : text('done'),
  );
  const client = await connectRaw({
    governor: { log, policy, refusals: { limit: 1 } },
    context: CONTEXT,
    server: server.transport,
  });
  for (const id of [1, 2]) {
    const params = { name: 'pay', arguments: { to: 'mallory' } };
    client.send({ jsonrpc: '2.0', id, method: 'tools/call', params });
    await client.when(() => client.received.some((one) => one.id === id));
  }
  const told = JSON.stringify(client.received);
  await client.close();
  await log.close();
  expect(told).toContain('This is final: do not make this call again.');
  expect(told).toContain('refused several times');
  expect(told).not.toContain('hidden');
});
