import { parseBundle } from '@spanforge/policy';
import { generateText, stepCountIs, tool } from 'ai';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { CONTEXT, openWorld } from './testing/fixtures.js';
import { scripted } from './testing/models.js';
import { governTools } from './tool-governor.js';

const inputSchema = z.object({ order: z.string(), amount: z.number() });

it('the model is told what would help, and that a call refused over and over is final', async () => {
  const world = await openWorld();
  const adviceFor = () => ({ bounds: [{ path: 'amount', max: 10_000 }] });
  const governor = world.another({ adviceFor, refusals: { limit: 1 } });
  const tools = governTools(
    { refund: tool({ inputSchema, execute: async () => 'paid' }) },
    { governor, context: CONTEXT },
  );
  const call = (id: string) => [{ id, tool: 'refund', input: { order: 'A', amount: 50_000 } }];
  const { steps } = await generateText({
    model: scripted(call('c1'), call('c2'), 'done'),
    tools,
    prompt: 'x',
    stopWhen: stepCountIs(5),
  });
  const told = steps
    .flatMap(({ content }) => content)
    .flatMap((part) => (part.type === 'tool-error' ? [String(part.error)] : []));
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
  const tools = governTools(
    { refund: tool({ inputSchema: z.object({ to: z.string() }), execute: async () => 'paid' }) },
    { governor: world.another({ refusals: { limit: 1 } }), context: CONTEXT },
  );
  const call = (id: string) => [{ id, tool: 'refund', input: { to: 'mallory' } }];
  const { response, steps } = await generateText({
    model: scripted(call('c1'), call('c2'), 'done'),
    tools,
    prompt: 'x',
    stopWhen: stepCountIs(5),
  });
  const errors = steps.flatMap(({ content }) =>
    content.flatMap((part) => (part.type === 'tool-error' ? [String(part.error)] : [])),
  );
  const told = JSON.stringify([response.messages, errors]);
  expect(told).toContain('This is final: do not make this call again.');
  expect(told).toContain('refused several times');
  expect(told).not.toContain('hidden');
});
