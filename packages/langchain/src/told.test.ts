import { parseBundle } from '@spanforge/policy';
import { createAgent } from 'langchain';
import { expect, it } from 'vitest';
import { createWorld, HELLO, payTool, scripted } from './testing/fixtures.js';

it('the model is told what would help, and that a call refused over and over is final', async () => {
  const { start, effects } = createWorld();
  const adviceFor = () => ({ bounds: [{ path: 'amount', max: 1000 }] });
  const { governance } = await start({}, { adviceFor, refusals: { limit: 1 } });
  const call = (id: string) => [{ name: 'pay', args: { to: 'ada', amount: 5000 }, id }];
  const state = await createAgent({
    model: scripted(call('c1'), call('c2')),
    tools: [payTool(effects)],
    middleware: [governance.middleware()],
  }).invoke(HELLO);
  const told = state.messages.filter((one) => one.type === 'tool').map(({ text }) => text);
  expect(told[0]).toContain('Another call may be allowed. It needs: amount at most 1000.');
  expect(told[1]).toContain('refused several times');
  expect(told[1]).toContain('This is final: do not make this call again.');
  expect(effects).toEqual([]);
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
  version: '2',
  environment: 'prod',
  owner: 'payments',
  effective_at: '2026-01-01T00:00:00Z',
  rules: [{ rule_id: 'known', service: 'sf_govern', control: 'tool_call', action: 'block', when }],
});

it.each(HOSTILE_RULES)('the model learns nothing of what is written in %s', async (when) => {
  const { start, effects } = createWorld();
  const { governance, policy } = await start({}, { refusals: { limit: 1 } });
  await policy.lifecycle.activate(parseBundle(bundleWith(when)));
  const call = (id: string) => [{ name: 'pay', args: { to: 'mallory', amount: 1 }, id }];
  const state = await createAgent({
    model: scripted(call('c1'), call('c2')),
    tools: [payTool(effects)],
    middleware: [governance.middleware()],
  }).invoke(HELLO);
  const told = JSON.stringify(state.messages);
  expect(effects).toEqual([]);
  expect(told).toContain('This is final: do not make this call again.');
  expect(told).toContain('refused several times');
  expect(told).not.toContain('hidden');
});
