import { Agent, Runner, tool } from '@openai/agents';
import { parseBundle } from '@spanforge/policy';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { CONTEXT, openWorld } from './testing/fixtures.js';
import { scripted } from './testing/models.js';
import { governTools } from './tool-governor.js';

it('the model is told what would help, and that a call refused over and over is final', async () => {
  const world = await openWorld();
  const adviceFor = () => ({ bounds: [{ path: 'amount', max: 10_000 }] });
  const governor = world.another({ adviceFor, refusals: { limit: 1 } });
  const refund = tool({
    name: 'refund',
    description: 'Pays money back.',
    parameters: z.object({ order: z.string(), amount: z.number() }),
    execute: async () => 'paid',
  });
  const tools = governTools([refund], { governor, context: CONTEXT });
  const call = (id: string) => [{ id, tool: 'refund', input: { order: 'A', amount: 50_000 } }];
  const agent = new Agent({
    name: 'helpdesk',
    tools,
    model: scripted(call('c1'), call('c2'), 'done'),
  });
  const result = await new Runner({ tracingDisabled: true }).run(agent, 'x');
  const told = result.newItems.flatMap((item) => ('output' in item ? [String(item.output)] : []));
  expect(told[0]).toContain('Another call may be allowed. It needs: amount at most 10000.');
  expect(told[1]).toContain('refused several times');
  expect(told[1]).toContain('This is final: do not make this call again.');
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
  policy_id: 'refunds',
  version: '2.0',
  environment: 'prod',
  owner: 'payments',
  effective_at: '2026-01-01T00:00:00Z',
  rules: [{ rule_id: 'known', service: 'sf_govern', control: 'tool_call', action: 'block', when }],
});

it.each(HOSTILE_RULES)('the model learns nothing of what is written in %s', async (when) => {
  const world = await openWorld();
  await world.policy.lifecycle.activate(parseBundle(bundleWith(when)));
  const refund = tool({
    name: 'refund',
    description: 'Pays money back.',
    parameters: z.object({ to: z.string() }),
    execute: async () => 'paid',
  });
  const governor = world.another({ refusals: { limit: 1 } });
  const call = (id: string) => [{ id, tool: 'refund', input: { to: 'mallory' } }];
  const agent = new Agent({
    name: 'helpdesk',
    tools: governTools([refund], { governor, context: CONTEXT }),
    model: scripted(call('c1'), call('c2'), 'done'),
  });
  const result = await new Runner({ tracingDisabled: true }).run(agent, 'x');
  const told = JSON.stringify(result.history);
  expect(told).toContain('This is final: do not make this call again.');
  expect(told).toContain('refused several times');
  expect(told).not.toContain('hidden');
});
